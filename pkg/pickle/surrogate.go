package pickle

import (
	"encoding/binary"
	"unicode/utf8"
)

// Python's surrogatepass is UTF-8 (RFC 3629) that also allows the surrogates U+D800
// to U+DFFF, three bytes each, paired or not.

const errUTF8 = cause("not UTF-8")

// appendChar is utf8.AppendRune that also writes surrogates.
func appendChar(dst []byte, c rune) []byte {
	if c&^0x7FF == 0xD800 {
		return append(dst, 0xE0|byte(c>>12), 0x80|byte(c>>6)&0x3F, 0x80|byte(c)&0x3F)
	}
	return utf8.AppendRune(dst, c)
}

// checkUTF8 returns how many bytes of b are whole characters in surrogatepass
// UTF-8. It leaves the first bytes of a character that b cuts off, unless last.
func checkUTF8(b []byte, last bool) (int, error) {
	if utf8.Valid(b) {
		return len(b), nil
	}
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i += ASCIILen(b[i:])
			continue
		}
		_, n := charAt(b[i:])
		if n == 0 {
			if rest := b[i:]; !last && len(rest) < utf8.UTFMax && canBegin(rest) {
				return i, nil
			}
			return i, errUTF8
		}
		i += n
	}
	return len(b), nil
}

// charAt decodes the first character of b; its length is 0 if there is none.
func charAt(b []byte) (rune, int) {
	c, n := utf8.DecodeRune(b)
	if c != utf8.RuneError || n > 1 {
		return c, n
	}
	if len(b) >= 3 && b[0] == 0xED && b[1]&^0x1F == 0xA0 && b[2]&^0x3F == 0x80 {
		return 0xD000 | rune(b[1]&0x3F)<<6 | rune(b[2]&0x3F), 3
	}
	return 0, 0
}

// canBegin reports whether more bytes could make a character of b.
func canBegin(b []byte) bool {
	return !utf8.FullRune(b) || len(b) == 2 && b[0] == 0xED && b[1]&^0x1F == 0xA0
}

// ASCIILen returns how many ASCII bytes b begins with. It looks at up to 32 of them at a
// time.
func ASCIILen(b []byte) int {
	const high = 0x8080808080808080
	rest := b
	for len(rest) >= 32 {
		w := binary.LittleEndian.Uint64(rest) | binary.LittleEndian.Uint64(rest[8:16]) |
			binary.LittleEndian.Uint64(rest[16:24]) | binary.LittleEndian.Uint64(rest[24:32])
		if w&high != 0 {
			break
		}
		rest = rest[32:]
	}
	for len(rest) >= 8 && binary.LittleEndian.Uint64(rest)&high == 0 {
		rest = rest[8:]
	}
	for len(rest) > 0 && rest[0] < utf8.RuneSelf {
		rest = rest[1:]
	}
	return len(b) - len(rest)
}

// isWide reports whether valid surrogatepass UTF-8 has a character above
// U+00FF: one with a first byte above C3.
func isWide(b []byte) bool {
	for i := ASCIILen(b); i < len(b); i++ {
		if b[i] > 0xC3 {
			return true
		}
	}
	return false
}

// countChars returns the number of characters in valid surrogatepass UTF-8.
func countChars(b []byte) (n int64) {
	for len(b) > 0 {
		i := ASCIILen(b)
		n += int64(i)
		for ; i < len(b) && b[i] >= utf8.RuneSelf; i++ {
			if b[i]&0xC0 != 0x80 {
				n++
			}
		}
		b = b[i:]
	}
	return n
}

// narrowed appends src, which is valid UTF-8, as Latin-1: one byte per character.
// dst may be src[:0].
func narrowed(dst, src []byte) ([]byte, error) {
	for i := 0; i < len(src); i++ {
		c := src[i]
		if c >= utf8.RuneSelf {
			if c > 0xC3 || i+1 == len(src) {
				return dst, cause("character above U+00FF")
			}
			i++
			c = c<<6 | src[i]&0x3F
		}
		dst = append(dst, c)
	}
	return dst, nil
}

// IsASCII reports whether b has no byte above 127.
func IsASCII(b []byte) bool { return ASCIILen(b) == len(b) }
