// Package pycodec encodes and decodes text byte for byte as Python's codecs do.
//
// [Find] looks a codec up by any name that Python knows it by. Mail in a queue
// was written by Python, and is compared with what Python makes of it: codecs
// of other makers have other tables for the same names.
//
// # Guarantees
//
// Encode gives the bytes of every Python from 2.7 to 3.13, strict or with
// errors='replace'. Decode gives the characters of Python 2.7 with
// errors='replace', because only Mailman 2.1 holds headers in bytes. Neither
// panics, whatever it is given, and what they return is in proportion to their
// argument.
//
// Characters are runes, because Python's text may have lone surrogates. The
// tables come from Python itself (tables.py), compressed; each one is unpacked
// when it is first used, so that a command that needs none starts as fast as
// before.
//
// # Exceptions
//
// The codec idna is there for ASCII only, and Decode of unicode_escape does not
// know characters by their names (\N{...}).
package pycodec
