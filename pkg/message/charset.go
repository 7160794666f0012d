package message

import (
	"encoding/base64"
	"strings"

	"switchboard/pkg/message/internal/pycodec"
	"switchboard/pkg/pickle"
)

// fieldEncoding is how text of a charset is written in a header field.
type fieldEncoding uint8

const (
	encodingNone fieldEncoding = iota
	// encodingQ is RFC 2047's Q, encodingB its B, and encodingShort the shorter of the
	// two. The numbers are those of Python's Charset.header_encoding.
	encodingQ
	encodingB
	encodingShort
)

// charset is an instance of email.charset.Charset.
type charset struct {
	// name is input_charset, which is also Python's str of the charset.
	name string
	// output is output_charset.
	output string
	// in and out are the names of the codecs, "" for none.
	in, out  string
	encoding fieldEncoding
}

var (
	asciiCharset = charset{name: "us-ascii", output: "us-ascii"}
	utf8Charset  = charset{name: "utf-8", output: "utf-8", in: "utf-8", out: "utf-8", encoding: encodingShort}
)

// charsetOf reads a Charset, or the name that old pickles have in place of a Charset.
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
			// No charset has a name this long, and every encoded word would have it.
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

// charsetNamed returns the charset that Python 2's Charset(name) makes. Python
// makes it when it loads a Header of an older email package, which has names in it.
func charsetNamed(name string) charset {
	if len(name) > 64 {
		return asciiCharset
	}
	cs := charset{name: lower(name)}
	if alias := charsetAlias(cs.name); alias != "" {
		cs.name = alias
	} else if _, _, ok := registered(cs.name); !ok {
		if codec := pycodec.Name(pycodec.Python2, cs.name); codec != "" {
			cs.name = codec
			if alias := charsetAlias(codec); alias != "" {
				cs.name = alias
			}
		}
	}
	cs.output, cs.encoding = cs.name, encodingShort
	if output, encoding, ok := registered(cs.name); ok {
		cs.encoding = encoding
		if output != "" {
			cs.output = output
		}
	}
	cs.in, cs.out = codecOf(cs.name), codecOf(cs.output)
	return cs
}

// registered looks a charset up in email.charset.CHARSETS. output is the charset
// that it is written in, if that is another one.
func registered(name string) (output string, encoding fieldEncoding, ok bool) {
	switch name {
	case "us-ascii":
		return "", encodingNone, true
	case "8bit":
		return "utf-8", encodingNone, true
	case "iso-8859-1", "iso-8859-2", "iso-8859-3", "iso-8859-4", "iso-8859-9", "iso-8859-10",
		"iso-8859-13", "iso-8859-14", "iso-8859-15", "iso-8859-16", "windows-1252", "viscii":
		return "", encodingQ, true
	case "big5", "gb2312", "iso-2022-jp", "koi8-r":
		return "", encodingB, true
	case "euc-jp", "shift_jis":
		return "iso-2022-jp", encodingB, true
	case "utf-8":
		return "", encodingShort, true
	}
	return "", encodingShort, false
}

// charsetAlias looks a name up in email.charset.ALIASES. It returns "" for a name
// that is not there.
func charsetAlias(name string) string {
	switch name {
	case "latin_1", "latin-1":
		return "iso-8859-1"
	case "latin_2", "latin-2":
		return "iso-8859-2"
	case "latin_3", "latin-3":
		return "iso-8859-3"
	case "latin_4", "latin-4":
		return "iso-8859-4"
	case "latin_5", "latin-5":
		return "iso-8859-9"
	case "latin_6", "latin-6":
		return "iso-8859-10"
	case "latin_7", "latin-7":
		return "iso-8859-13"
	case "latin_8", "latin-8":
		return "iso-8859-14"
	case "latin_9", "latin-9":
		return "iso-8859-15"
	case "latin_10", "latin-10":
		return "iso-8859-16"
	case "cp949":
		return "ks_c_5601-1987"
	case "euc_jp":
		return "euc-jp"
	case "euc_kr":
		return "euc-kr"
	case "ascii":
		return "us-ascii"
	}
	return ""
}

// codecOf looks a charset up in email.charset.CODEC_MAP.
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

// py3Word does what Python 3's Charset.header_encode_lines does with one line: it
// returns one encoded word. text may have surrogates. It returns false where Python
// fails.
func (cs charset) py3Word(text string) (string, bool) {
	name := cs.out
	if name == "" {
		name = "us-ascii"
	}
	var b []byte
	if name == "unknown-8bit" {
		// Only ASCII and surrogates that stand for bytes.
		if b = unescape([]byte(text)); !isEscaped([]byte(text)) {
			return "", false
		}
	} else {
		codec, found := pycodec.Find(pycodec.Python3, name)
		// Python computes the length with the output charset, so that must be known,
		// too.
		if _, known := pycodec.Find(pycodec.Python3, cs.output); found != pycodec.Text || known != pycodec.Text && text != "" {
			return "", false
		}
		var ok bool
		if b, ok = codec.Encode(pycodec.Runes([]byte(text)), false); !ok {
			return "", false
		}
	}
	if len(b) == 0 {
		return "", true
	}
	return cs.word(b, name), true
}

// word returns one encoded word, however long.
func (cs charset) word(b []byte, name string) string {
	if cs.inB(b) {
		return "=?" + name + "?b?" + base64.StdEncoding.EncodeToString(b) + "?="
	}
	return "=?" + name + "?q?" + string(appendQ(nil, b)) + "?="
}

// inB reports whether b is encoded in B, not in Q.
func (cs charset) inB(b []byte) bool {
	switch cs.encoding {
	case encodingB:
		return true
	case encodingShort:
		return base64.StdEncoding.EncodedLen(len(b)) < lenQ(b)
	}
	return false
}

// appendQ appends b in RFC 2047's Q encoding. It escapes the bytes that Python
// escapes.
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
