package jsonline

import (
	"encoding/binary"
	"math/bits"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// appendEscaped appends the inside of a JSON string.
func appendEscaped(dst, s []byte) []byte {
	start := 0
	for i := 0; ; {
		if i += plainLen(s[i:]); i == len(s) {
			return append(dst, s[start:]...)
		}
		c, n := rune(s[i]), 1
		if c >= utf8.RuneSelf {
			c, n = utf8.DecodeRune(s[i:])
			if unicode.IsGraphic(c) {
				i += n
				continue
			}
		}
		dst = append(dst, s[start:i]...)
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', byte(c))
		case c == '\n':
			dst = append(dst, `\n`...)
		case c == '\r':
			dst = append(dst, `\r`...)
		case c == '\t':
			dst = append(dst, `\t`...)
		case c > 0xFFFF:
			high, low := utf16.EncodeRune(c)
			dst = appendCode(appendCode(dst, high), low)
		default:
			dst = appendCode(dst, c)
		}
		i += n
		start = i
	}
}

func appendCode(dst []byte, c rune) []byte {
	const hex = "0123456789abcdef"
	return append(dst, '\\', 'u', hex[c>>12&15], hex[c>>8&15], hex[c>>4&15], hex[c&15])
}

// plainLen returns how many bytes s begins with that are ASCII and need no escape. It looks
// at eight at a time.
func plainLen(s []byte) int {
	const ones = 0x0101010101010101
	i := 0
	for ; i+8 <= len(s); i += 8 {
		w := binary.LittleEndian.Uint64(s[i:])
		// The highest bit of a byte of special is set if the byte of w is not ASCII, is
		// 7F, is below 20 or a quote (which 2 turns into 20), or is a backslash. Only
		// from such a byte does a carry or a borrow go on to the next one, so the first
		// that is set is right.
		special := w | (w + ones) | ((w ^ 0x02*ones) - 0x21*ones) | ((w ^ '\\'*ones) - ones)
		if special &= 0x80 * ones; special != 0 {
			return i + bits.TrailingZeros64(special)/8
		}
	}
	for i < len(s) && s[i] >= ' ' && s[i] < 0x7F && s[i] != '"' && s[i] != '\\' {
		i++
	}
	return i
}
