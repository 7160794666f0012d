// Package message reads and writes the content of a queue file: a mail message and
// its metadata, in the two dialects of Mailman 2.1 and Mailman 3.
//
// [Read] is the function you want first. It reads both pickles of a queue file as
// data and returns a [Content]. [Content.WriteMessage] writes the message as RFC
// 5322 text, [Content.AppendMetadata] writes the metadata as JSON,
// [Content.Decoded] returns a header field, and [Content.Patch] plans a change of
// the metadata in place. The methods of [Dialect] write the pickles of a new queue
// file.
//
// # Guarantees
//
// Reading runs nothing. It refuses a file that names a class or function which
// Mailman's own files do not name. Whatever the bytes are, the outcome is a Content
// or an error, in time and memory of a small multiple of the file's size. What a
// Content writes is in proportion to the file, too: a message whose parts contain
// themselves, or one another many times, is refused. A message of any length is
// streamed.
//
// The text of a parsed message is byte for byte what the Generator of Python's
// email package gives with mangle_from_=False, maxheaderlen=0 and no From_ line:
// Python 2.7 for Mailman 2.1, Python 3 for Mailman 3 and for ports of Mailman 2.1
// to Python 3. Where Python fails or loses bytes, the text has the stored bytes.
// Header objects are the exception: they are never 8-bit, and become encoded words
// in UTF-8.
//
// # Assumptions
//
// The file stays open and unchanged while its Content is in use, except for the
// change that a [Patch] describes. Only one goroutine may use a Content at a time.
package message
