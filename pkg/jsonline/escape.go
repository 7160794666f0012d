package jsonline

import (
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// appendEscaped appends the inside of a JSON string.
func appendEscaped[T string | []byte](dst []byte, s T) []byte {
	start := 0
	for i := 0; i < len(s); {
		c, n := rune(s[i]), 1
		if c >= utf8.RuneSelf {
			c, n = utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
		}
		if c >= ' ' && c < 0x7F && c != '"' && c != '\\' || c > 0x7F && unicode.IsGraphic(c) {
			i += n
			continue
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
	return append(dst, s[start:]...)
}

func appendCode(dst []byte, c rune) []byte {
	const hex = "0123456789abcdef"
	return append(dst, '\\', 'u', hex[c>>12&15], hex[c>>8&15], hex[c>>4&15], hex[c&15])
}
