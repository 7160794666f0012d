package message

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
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
	// single are the characters of the bytes 128 to 255, "" where one byte is
	// not one character; enc is nil then, too.
	single string
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
	name = bareName(name)
	if table := singleByte(name); table != "" {
		return codec{single: table}, true
	}
	switch name {
	case "utf8", "u8", "usascii", "ascii":
		return codec{}, true
	case "eucjp", "ujis":
		return codec{japanese.EUCJP, "", oursJIS, theirsJIS}, true
	case "shiftjis", "sjis":
		return codec{japanese.ShiftJIS, "", oursJIS, theirsJIS}, true
	case "cp932", "ms932":
		return codec{enc: japanese.ShiftJIS}, true
	case "iso2022jp", "csiso2022jp":
		return codec{japanese.ISO2022JP, "", oursJIS, theirsJIS}, true
	case "euckr", "ksc56011987", "cp949", "uhc":
		return codec{enc: korean.EUCKR}, true
	case "gb2312", "eucgb2312cn", "euccn":
		return codec{simplifiedchinese.GBK, "", oursGB, theirsGB}, true
	case "gbk", "cp936":
		return codec{enc: simplifiedchinese.GBK}, true
	case "gb18030":
		return codec{enc: simplifiedchinese.GB18030}, true
	case "hz", "hzgb2312":
		return codec{enc: simplifiedchinese.HZGB2312}, true
	case "big5", "big5tw", "cp950":
		return codec{traditionalchinese.Big5, "", oursBig, theirsBig}, true
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

// ascii says that the codec is UTF-8 or ASCII.
func (c codec) ascii() bool { return c.enc == nil && c.single == "" }

func (c codec) decode(text string) (string, error) {
	if c.single != "" {
		table := []rune(c.single)
		var out strings.Builder
		for _, b := range []byte(text) {
			if b < utf8.RuneSelf {
				out.WriteByte(b)
			} else {
				out.WriteRune(table[b-utf8.RuneSelf])
			}
		}
		return out.String(), nil
	}
	out, err := c.enc.NewDecoder().String(text)
	return swap(out, c.ours, c.theirs), err
}

func (c codec) encode(text string) ([]byte, bool) {
	if c.single != "" {
		var out []byte
		for _, r := range text {
			i := strings.IndexRune(c.single, r)
			switch {
			case r < utf8.RuneSelf:
				out = append(out, byte(r))
			case i < 0 || r == utf8.RuneError:
				return nil, false
			default:
				out = append(out, byte(utf8.RuneSelf+utf8.RuneCountInString(c.single[:i])))
			}
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
	case c.ascii() && isASCIICodec(name):
		if !isASCII([]byte(text)) {
			return text, false
		}
		return text, true
	case c.ascii():
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
	case c.ascii():
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
