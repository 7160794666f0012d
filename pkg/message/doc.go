// Package message is the content of a queue file: a mail message and its
// metadata, in the two dialects of Mailman 2.1 and Mailman 3.
//
// [Read] is the function you want first. It reads both pickles of a queue file
// as data and gives a [Content], which writes the message as RFC 5322 text
// ([Content.WriteMessage]) and the metadata as JSON ([Content.AppendMetadata]),
// and plans changes of the metadata in place ([Content.Patch]). The methods of
// [Dialect] write the pickles of a new queue file.
//
// # Guarantees
//
// Reading runs nothing, and refuses a file that names any class or function
// but those that Mailman's own files name. Whatever the bytes are, the outcome
// is a Content or an error, in time and memory of a small multiple of the
// file's size; what a Content writes is in proportion to the file, too: a
// message whose parts hold each other, or one another many times, is refused.
// A message of any length is streamed.
//
// The text of a parsed message is byte for byte what the Generator of Python's
// email package gives with mangle_from_=False, maxheaderlen=0 and no From_
// line; that of Python 2.7 for Mailman 2.1, that of Python 3 for Mailman 3 and
// for ports of Mailman 2.1 to Python 3. Where that one fails or loses bytes, ours has
// the stored bytes, but that Header objects are never 8-bit: encoded words in UTF-8
// have their text.
//
// # Assumptions
//
// The file stays open and unchanged while its Content is in use, but for the
// change that a Patch describes. A Content is not for two goroutines at once.
package message
