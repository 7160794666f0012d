// Package pycodec encodes and decodes text byte for byte as Python's codecs do.
//
// [Find] looks a codec up by any name that Python has for it. Python wrote the mail
// in a queue, and tests compare the result with Python's; other implementations
// have other tables under the same names.
//
// # Guarantees
//
// Encode returns the bytes that every Python from 2.7 to 3.13 does, strict or with
// errors='replace'. Decode returns the characters that Python 2.7 does with
// errors='replace', because only Mailman 2.1 holds headers in bytes. Neither
// panics, whatever it is given, and what they return is in proportion to their
// argument.
//
// Characters are runes, because Python's text may have lone surrogates. The tables
// come from Python itself (tables.py). Each one is unpacked when it is first used, so
// that a command that needs none does not start slower.
//
// # Exceptions
//
// The codec idna knows ASCII only. Decode of unicode_escape does not know
// characters by their names (\N{...}).
package pycodec
