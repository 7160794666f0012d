package message

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// codec is one of Python's codecs, near enough: the Cyrillic letters of Big5 and
// the rarest signs of EUC-JP are elsewhere in our tables than in Python's.
type codec struct {
	// enc is nil for UTF-8 and ASCII.
	enc encoding.Encoding
	// c1 says that the bytes 128 to 159 are the control characters of these
	// numbers.
	c1 bool
	// ours are characters that enc has and theirs the ones that Python has in
	// their places: the tables are of different makers.
	ours, theirs string
}

// codecNamed finds a codec by its name. It is a switch and no map, so that a
// program that needs none pays nothing for it when it starts.
func codecNamed(name string) (codec, bool) {
	const (
		oursJIS, theirsJIS = "\uFFE0\uFFE1\uFFE2\u2225\uFF0D\uFF5E", "\u00A2\u00A3\u00AC\u2016\u2212\u301C"
		oursGB, theirsGB   = "\u2014\u00B7", "\u2015\u30FB"
		oursBig, theirsBig = "\uFFE0\uFFE1\uFFE5", "\u00A2\u00A3\u00A5"
	)
	switch bareName(name) {
	case "utf8", "u8", "usascii", "ascii":
		return codec{}, true
	case "iso88591", "latin1", "l1", "cp819", "8859":
		return codec{enc: charmap.ISO8859_1, c1: true}, true
	case "iso88592", "latin2", "l2":
		return codec{enc: charmap.ISO8859_2, c1: true}, true
	case "iso88593", "latin3", "l3":
		return codec{enc: charmap.ISO8859_3, c1: true}, true
	case "iso88594", "latin4", "l4":
		return codec{enc: charmap.ISO8859_4, c1: true}, true
	case "iso88595", "cyrillic":
		return codec{enc: charmap.ISO8859_5, c1: true}, true
	case "iso88596", "arabic":
		return codec{enc: charmap.ISO8859_6, c1: true}, true
	case "iso88597", "greek", "greek8":
		return codec{enc: charmap.ISO8859_7, c1: true}, true
	case "iso88598", "hebrew":
		return codec{enc: charmap.ISO8859_8, c1: true}, true
	case "iso88599", "latin5", "l5":
		return codec{enc: charmap.ISO8859_9, c1: true}, true
	case "iso885910", "latin6", "l6":
		return codec{enc: charmap.ISO8859_10, c1: true}, true
	case "iso885911", "tis620", "thai":
		return codec{enc: charmap.Windows874, c1: true}, true
	case "iso885913", "latin7", "l7":
		return codec{enc: charmap.ISO8859_13, c1: true}, true
	case "iso885914", "latin8", "l8":
		return codec{enc: charmap.ISO8859_14, c1: true}, true
	case "iso885915", "latin9", "l9":
		return codec{enc: charmap.ISO8859_15, c1: true}, true
	case "iso885916", "latin10", "l10":
		return codec{enc: charmap.ISO8859_16, c1: true}, true
	case "windows874", "cp874":
		return codec{enc: charmap.Windows874}, true
	case "windows1250", "cp1250":
		return codec{enc: charmap.Windows1250}, true
	case "windows1251", "cp1251":
		return codec{enc: charmap.Windows1251}, true
	case "windows1252", "cp1252":
		return codec{enc: charmap.Windows1252}, true
	case "windows1253", "cp1253":
		return codec{enc: charmap.Windows1253}, true
	case "windows1254", "cp1254":
		return codec{enc: charmap.Windows1254}, true
	case "windows1255", "cp1255":
		return codec{enc: charmap.Windows1255}, true
	case "windows1256", "cp1256":
		return codec{enc: charmap.Windows1256}, true
	case "windows1257", "cp1257":
		return codec{enc: charmap.Windows1257}, true
	case "windows1258", "cp1258":
		return codec{enc: charmap.Windows1258}, true
	case "koi8r":
		return codec{enc: charmap.KOI8R}, true
	case "koi8u":
		return codec{enc: charmap.KOI8U}, true
	case "cp437", "ibm437":
		return codec{enc: charmap.CodePage437}, true
	case "cp850", "ibm850":
		return codec{enc: charmap.CodePage850}, true
	case "cp852", "ibm852":
		return codec{enc: charmap.CodePage852}, true
	case "cp866", "ibm866":
		return codec{enc: charmap.CodePage866}, true
	case "macroman", "macintosh":
		return codec{enc: charmap.Macintosh}, true
	case "eucjp", "ujis":
		return codec{japanese.EUCJP, false, oursJIS, theirsJIS}, true
	case "shiftjis", "sjis":
		return codec{japanese.ShiftJIS, false, oursJIS, theirsJIS}, true
	case "cp932", "ms932":
		return codec{enc: japanese.ShiftJIS}, true
	case "iso2022jp", "csiso2022jp":
		return codec{japanese.ISO2022JP, false, oursJIS, theirsJIS}, true
	case "euckr", "ksc56011987", "cp949", "uhc":
		return codec{enc: korean.EUCKR}, true
	case "gb2312", "eucgb2312cn", "euccn":
		return codec{simplifiedchinese.GBK, false, oursGB, theirsGB}, true
	case "gbk", "cp936":
		return codec{enc: simplifiedchinese.GBK}, true
	case "gb18030":
		return codec{enc: simplifiedchinese.GB18030}, true
	case "hz", "hzgb2312":
		return codec{enc: simplifiedchinese.HZGB2312}, true
	case "big5", "big5tw", "cp950":
		return codec{traditionalchinese.Big5, false, oursBig, theirsBig}, true
	}
	return codec{}, false
}

// bareName is a codec's name without case, hyphens and the like.
func bareName(name string) string {
	out := make([]byte, 0, len(name))
	for _, c := range []byte(name) {
		switch {
		case 'A' <= c && c <= 'Z':
			out = append(out, c|0x20)
		case c != '-' && c != '_' && c != ' ' && c != '.':
			out = append(out, c)
		}
	}
	return string(out)
}

// isASCIICodec reports whether a codec that codecNamed has nothing for is ASCII.
func isASCIICodec(name string) bool { return strings.Contains(lower(name), "ascii") }

func (c codec) decode(text string) (string, error) {
	if table, ok := c.enc.(*charmap.Charmap); ok {
		var out strings.Builder
		for _, b := range []byte(text) {
			if c.c1 && 0x80 <= b && b < 0xA0 {
				out.WriteRune(rune(b))
			} else {
				out.WriteRune(table.DecodeByte(b))
			}
		}
		return out.String(), nil
	}
	out, err := c.enc.NewDecoder().String(text)
	return swap(out, c.ours, c.theirs), err
}

func (c codec) encode(text string) ([]byte, bool) {
	if table, ok := c.enc.(*charmap.Charmap); ok {
		var out []byte
		for _, r := range text {
			b, ok := table.EncodeRune(r)
			if c.c1 && 0x80 <= r && r < 0xA0 {
				b, ok = byte(r), true
			}
			if !ok {
				return nil, false
			}
			out = append(out, b)
		}
		return out, true
	}
	out, err := c.enc.NewEncoder().Bytes([]byte(swap(text, c.theirs, c.ours)))
	return out, err == nil
}

// swap puts the characters of to in the places of those of from.
func swap(s, from, to string) string {
	if !strings.ContainsAny(s, from) {
		return s
	}
	targets := []rune(to)
	return strings.Map(func(r rune) rune {
		if i := strings.IndexRune(from, r); i >= 0 {
			return targets[utf8.RuneCountInString(from[:i])]
		}
		return r
	}, s)
}

// decodeText reads text as a codec has it, with U+FFFD for what it doesn't
// know. It is false if there is no such codec.
func decodeText(name, text string) (string, bool) {
	c, ok := codecNamed(name)
	switch {
	case !ok:
		return text, false
	case c.enc == nil && isASCIICodec(name):
		if !isASCII([]byte(text)) {
			return text, false
		}
		return text, true
	case c.enc == nil:
		return strings.ToValidUTF8(text, "\uFFFD"), true
	}
	out, err := c.decode(text)
	return out, err == nil
}

// decodeReplacing is decodeText with U+FFFD for bytes that are not ASCII where
// that is the codec.
func decodeReplacing(name, text string) (string, bool) {
	if out, ok := decodeText(name, text); ok || !isASCIICodec(name) {
		return out, ok
	}
	var out strings.Builder
	for _, c := range []byte(text) {
		if c < utf8.RuneSelf {
			out.WriteByte(c)
		} else {
			out.WriteRune(utf8.RuneError)
		}
	}
	return out.String(), true
}

// encodeText writes text as a codec has it. It is false if there is no such
// codec or if it doesn't have all the characters.
func encodeText(name, text string) ([]byte, bool) {
	c, ok := codecNamed(name)
	switch {
	case !ok:
		return nil, false
	case c.enc == nil:
		return []byte(text), utf8.ValidString(text) && (!isASCIICodec(name) || isASCII([]byte(text)))
	}
	return c.encode(text)
}

// encodeLossy is encodeText with a question mark for what the codec doesn't
// have.
func encodeLossy(name, text string) ([]byte, bool) {
	if out, ok := encodeText(name, text); ok {
		return out, true
	}
	if _, ok := codecNamed(name); !ok {
		return nil, false
	}
	var known strings.Builder
	for _, r := range text {
		if _, ok := encodeText(name, string(r)); !ok {
			r = '?'
		}
		known.WriteRune(r)
	}
	return encodeText(name, known.String())
}
