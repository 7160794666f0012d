package pickle

import (
	"bytes"
	"unicode/utf8"
)

// coding says how a string's content is written in the file.
type coding uint8

const (
	// plain is the content itself; for Unicode that is surrogatepass UTF-8.
	plain coding = iota
	// stringEscape is a Python string literal without its quotes: STRING.
	stringEscape
	// rawUnicodeEscape is the codec of that name: UNICODE.
	rawUnicodeEscape
)

// decode appends the content of src to dst and returns how many bytes of src it
// used. It leaves what may be the first half of an escape, unless last says that
// nothing follows.
func (c coding) decode(dst, src []byte, last bool) ([]byte, int, error) {
	switch c {
	case stringEscape:
		return appendUnescaped(dst, src, last)
	case rawUnicodeEscape:
		return appendRawUnicode(dst, src, last)
	}
	n, err := checkUTF8(src, last)
	return append(dst, src[:n]...), n, err
}

// appendUnescaped follows CPython's PyString_DecodeEscape (2.7) and
// PyBytes_DecodeEscape (3), which agree.
func appendUnescaped(dst, src []byte, last bool) ([]byte, int, error) {
	for i := 0; ; {
		j := bytes.IndexByte(src[i:], '\\')
		if j < 0 {
			return append(dst, src[i:]...), len(src), nil
		}
		dst = append(dst, src[i:i+j]...)
		i += j
		rest := src[i:]
		if len(rest) < len(`\x00`) && !last {
			return dst, i, nil
		}
		if len(rest) < 2 {
			return dst, i, cause("backslash at the end of a string")
		}
		n := 2
		switch c := rest[1]; c {
		case '\n':
		case '\\', '\'', '"':
			dst = append(dst, c)
		case 'a':
			dst = append(dst, '\a')
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'v':
			dst = append(dst, '\v')
		case '0', '1', '2', '3', '4', '5', '6', '7':
			v := c - '0'
			for ; n < len(rest) && n < 4 && rest[n]&^7 == '0'; n++ {
				v = v<<3 | rest[n]&7
			}
			dst = append(dst, v)
		case 'x':
			v, ok := hex(rest[2:], 2)
			if !ok {
				return dst, i, cause(`\x without two hexadecimal digits`)
			}
			dst = append(dst, byte(v))
			n = 4
		default:
			dst = append(dst, '\\', c)
		}
		i += n
	}
}

// appendRawUnicode follows CPython's PyUnicode_DecodeRawUnicodeEscape: \u and
// \U are escapes after an even number of backslashes; every other byte is the
// character of its number. Two escaped surrogates stay two characters.
func appendRawUnicode(dst, src []byte, last bool) ([]byte, int, error) {
	for i := 0; i < len(src); {
		c := src[i]
		if c != '\\' {
			// Most of a text is ASCII between two escapes.
			j := i + 1
			for j < len(src) && src[j] < utf8.RuneSelf && src[j] != '\\' {
				j++
			}
			if c < utf8.RuneSelf {
				dst = append(dst, c)
			} else {
				dst = append(dst, 0xC0|c>>6, 0x80|c&0x3F)
			}
			dst = append(dst, src[i+1:j]...)
			i = j
			continue
		}
		rest := src[i:]
		if len(rest) < len(`\U00000000`) && !last {
			return dst, i, nil
		}
		digits := 0
		if len(rest) > 1 {
			switch rest[1] {
			case 'u':
				digits = 4
			case 'U':
				digits = 8
			case '\\':
				dst = append(dst, '\\', '\\')
				i += 2
				continue
			}
		}
		if digits == 0 {
			dst = append(dst, '\\')
			i++
			continue
		}
		v, ok := hex(rest[2:], digits)
		if !ok {
			return dst, i, causef(`\%c without %d hexadecimal digits`, rest[1], digits)
		}
		if v > utf8.MaxRune {
			return dst, i, cause(`\U above U+10FFFF`)
		}
		dst = appendChar(dst, rune(v))
		i += 2 + digits
	}
	return dst, len(src), nil
}

// hex reads the first n bytes of b as hexadecimal digits.
func hex(b []byte, n int) (v uint32, ok bool) {
	if len(b) < n {
		return 0, false
	}
	for _, c := range b[:n] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		v = v<<4 | uint32(c)
	}
	return v, true
}
