package pycodec

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// utf8codec is UTF-8. Python 2 lets lone surrogates pass.
type utf8codec struct{ python Python }

func (u utf8codec) encode(text []rune, replace bool) ([]byte, bool) {
	out := make([]byte, 0, len(text)+len(text)/2)
	for i := 0; i < len(text); i++ {
		r := text[i]
		switch {
		case !utf16.IsSurrogate(r):
			out = utf8.AppendRune(out, r)
		case u.python == Python3 && replace:
			out = append(out, '?')
		case u.python == Python3:
			return nil, false
		case i+1 < len(text) && isPair(r, text[i+1]):
			i++
			out = utf8.AppendRune(out, utf16.DecodeRune(r, text[i]))
		default:
			out = append(out, 0xE0|byte(r>>12), 0x80|byte(r>>6)&0x3F, 0x80|byte(r)&0x3F)
		}
	}
	return out, true
}

// isPair reports whether two surrogates are a pair.
func isPair(high, low rune) bool { return utf16.DecodeRune(high, low) != utf8.RuneError }

func (u utf8codec) decode(b []byte) ([]rune, bool) {
	out := make([]rune, 0, len(b))
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			if len(b) >= 3 && b[0] == 0xED && b[1]&0xE0 == 0xA0 && b[2]&0xC0 == 0x80 {
				r, n = 0xD000|rune(b[1]&0x3F)<<6|rune(b[2]&0x3F), 3
			} else {
				n = badLen(b)
			}
		}
		out = append(out, r)
		b = b[n:]
	}
	return out, true
}

// badLen returns how many bytes one U+FFFD stands for: all of a character that is
// cut off, else one byte.
func badLen(b []byte) int {
	want := 1
	switch c := b[0]; {
	case 0xC2 <= c && c < 0xE0:
		want = 2
	case 0xE0 <= c && c < 0xF0:
		want = 3
	case 0xF0 <= c && c < 0xF5:
		want = 4
	}
	n := 1
	for n < min(want, len(b)) && b[n]&0xC0 == 0x80 {
		n++
	}
	if n == want && n > 1 {
		// The character is not cut off. It is too large, or not in its shortest form.
		return n - 1
	}
	return n
}

// utf8sig is UTF-8 that begins with U+FEFF.
type utf8sig struct{ utf8codec }

var signature = []byte("\ufeff")

func (u utf8sig) encode(text []rune, replace bool) ([]byte, bool) {
	out, ok := u.utf8codec.encode(text, replace)
	return append(signature[:3:3], out...), ok
}

func (u utf8sig) decode(b []byte) ([]rune, bool) {
	return u.utf8codec.decode(bytes.TrimPrefix(b, signature))
}
