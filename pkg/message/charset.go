package message

import (
	"encoding/base64"
	"strings"

	"switchboard/pkg/pickle"
)

// fieldEncoding is how a charset's text is put into a header field.
type fieldEncoding uint8

const (
	encodingNone fieldEncoding = iota
	// encodingQ is RFC 2047's Q, encodingB its B, encodingShort the shorter
	// of both. The numbers are those of Python's Charset.header_encoding.
	encodingQ
	encodingB
	encodingShort
)

// charset is an instance of email.charset.Charset.
type charset struct {
	// name is input_charset, what str() gives.
	name string
	// output is output_charset.
	output string
	// in and out are the codecs, "" for none.
	in, out  string
	encoding fieldEncoding
}

var (
	asciiCharset = charset{name: "us-ascii", output: "us-ascii"}
	utf8Charset  = charset{name: "utf-8", output: "utf-8", in: "utf-8", out: "utf-8", encoding: encodingShort}
)

// charsetOf reads a Charset, or the name of one, as old pickles have it.
func charsetOf(v pickle.Value) charset {
	o, ok := v.(*pickle.Object)
	if !ok {
		if name := keyText(v); len(name) > 0 {
			return charsetNamed(string(name))
		}
		return asciiCharset
	}
	state, ok := stateOf(o)
	if !ok {
		return asciiCharset
	}
	name := func(key string) string {
		text := keyText(state.Get(key))
		if len(text) > 64 {
			// No charset has such a name; it would be in each encoded word.
			return ""
		}
		return string(text)
	}
	cs := charset{
		name:   lower(name("input_charset")),
		output: name("output_charset"),
		in:     name("input_codec"),
		out:    name("output_codec"),
	}
	if cs.output == "" {
		cs.output = cs.name
	}
	if n, ok := state.Get("header_encoding").(pickle.Int); ok && n.Small >= 0 && n.Small <= int64(encodingShort) {
		cs.encoding = fieldEncoding(n.Small)
	}
	return cs
}

// charsetNamed makes a charset as Python's Charset(name) does.
func charsetNamed(name string) charset {
	if len(name) > 64 {
		return asciiCharset
	}
	cs := charset{name: canonicalCharset(lower(name))}
	cs.output, cs.encoding = cs.name, encodingShort
	switch cs.name {
	case "us-ascii":
		cs.encoding = encodingNone
	case "8bit":
		cs.encoding, cs.output = encodingNone, "utf-8"
	case "iso-8859-1", "iso-8859-2", "iso-8859-3", "iso-8859-4", "iso-8859-9", "iso-8859-10",
		"iso-8859-13", "iso-8859-14", "iso-8859-15", "iso-8859-16", "windows-1252", "viscii":
		cs.encoding = encodingQ
	case "big5", "gb2312", "iso-2022-jp", "koi8-r":
		cs.encoding = encodingB
	case "euc-jp", "shift_jis":
		cs.encoding, cs.output = encodingB, "iso-2022-jp"
	}
	cs.in, cs.out = codecOf(cs.name), codecOf(cs.output)
	return cs
}

func canonicalCharset(name string) string {
	switch name {
	case "latin_1", "latin-1":
		return "iso-8859-1"
	case "latin_2", "latin-2":
		return "iso-8859-2"
	case "euc_jp":
		return "euc-jp"
	case "euc_kr":
		return "euc-kr"
	case "ascii":
		return "us-ascii"
	}
	return name
}

func codecOf(name string) string {
	switch name {
	case "us-ascii":
		return ""
	case "gb2312":
		return "eucgb2312_cn"
	case "big5":
		return "big5_tw"
	}
	return name
}

// word3 is Python 3's Charset.header_encode: one encoded word. It is false if
// the charset cannot hold the text.
func (cs charset) word3(text string) (string, bool) {
	if text == "" {
		return "", true
	}
	codec := cs.out
	if codec == "" {
		codec = "us-ascii"
	}
	b := []byte(text)
	if codec != "unknown-8bit" {
		var ok bool
		if b, ok = encodeText(codec, text); !ok {
			return "", false
		}
	}
	return cs.word(b, codec), true
}

// word is an encoded word of any length.
func (cs charset) word(b []byte, name string) string {
	if cs.inB(b) {
		return "=?" + name + "?b?" + base64.StdEncoding.EncodeToString(b) + "?="
	}
	return "=?" + name + "?q?" + string(appendQ(nil, b)) + "?="
}

// inB tells which encoding is taken for b.
func (cs charset) inB(b []byte) bool {
	switch cs.encoding {
	case encodingB:
		return true
	case encodingShort:
		return base64.StdEncoding.EncodedLen(len(b)) < lenQ(b)
	}
	return false
}

// appendQ is RFC 2047's Q encoding, with the choice of bytes that Python makes.
func appendQ(dst, b []byte) []byte {
	const hex = "0123456789ABCDEF"
	for _, c := range b {
		switch {
		case c == ' ':
			dst = append(dst, '_')
		case plainInQ(c):
			dst = append(dst, c)
		default:
			dst = append(dst, '=', hex[c>>4], hex[c&15])
		}
	}
	return dst
}

func lenQ(b []byte) int {
	n := len(b)
	for _, c := range b {
		if c != ' ' && !plainInQ(c) {
			n += 2
		}
	}
	return n
}

func plainInQ(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-!*+/", c) >= 0
}
