package pycodec

import (
	"strings"
	"unicode/utf16"
)

// utf7codec is UTF-7. It is the same in both Pythons, which let lone surrogates pass.
type utf7codec struct{}

const base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// direct reports whether a character stands for itself.
func direct(r rune) bool {
	switch {
	case r == '\t', r == '\n', r == '\r':
		return true
	case r == '+', r == '\\', r == '~':
		return false
	}
	return ' ' <= r && r < 0x7F
}

func (utf7codec) encode(text []rune, _ bool) ([]byte, bool) {
	out := make([]byte, 0, 2*len(text))
	shifted := false
	buffer, bits := uint64(0), 0
	leave := func() {
		if bits > 0 {
			out = append(out, base64[buffer<<(6-bits)&0x3F])
		}
		buffer, bits, shifted = 0, 0, false
	}
	for _, r := range text {
		switch {
		case direct(r):
			if shifted {
				leave()
				if r == '-' || strings.ContainsRune(base64, r) {
					out = append(out, '-')
				}
			}
			out = append(out, byte(r))
			continue
		case !shifted && r == '+':
			out = append(out, "+-"...)
			continue
		case !shifted:
			out = append(out, '+')
			shifted = true
		}
		if r >= 0x10000 {
			r -= 0x10000
			buffer = buffer<<32 | 0xD800DC00 | uint64(r>>10)<<16 | uint64(r&0x3FF)
			bits += 32
		} else {
			buffer = buffer<<16 | uint64(r)
			bits += 16
		}
		for bits >= 6 {
			bits -= 6
			out = append(out, base64[buffer>>bits&0x3F])
		}
		buffer &= 1<<bits - 1
	}
	if shifted {
		leave()
		out = append(out, '-')
	}
	return out, true
}

func (utf7codec) decode(b []byte) ([]rune, bool) {
	out := make([]rune, 0, len(b))
	shifted := false
	buffer, bits, high := uint32(0), 0, rune(0)
	for i := 0; i < len(b); {
		c := b[i]
		i++
		digit := strings.IndexByte(base64, c)
		switch {
		case shifted && digit >= 0:
			buffer = buffer<<6 | uint32(digit)
			if bits += 6; bits < 16 {
				break
			}
			bits -= 16
			r := rune(buffer >> bits)
			buffer &= 1<<bits - 1
			switch {
			case high != 0 && isPair(high, r):
				out = append(out, utf16.DecodeRune(high, r))
				high = 0
				continue
			case high != 0:
				out = append(out, high)
				high = 0
			}
			if 0xD800 <= r && r < 0xDC00 {
				high = r
			} else {
				out = append(out, r)
			}
		case shifted:
			shifted = false
			if bits >= 6 || buffer != 0 {
				out = append(out, replacement)
				high = 0
				break
			}
			if high != 0 && c < 0x80 && c != '+' {
				out = append(out, high)
			}
			high = 0
			if c != '-' {
				i--
			}
		case c == '+' && i < len(b) && b[i] == '-':
			i++
			out = append(out, '+')
		case c == '+':
			shifted, buffer, bits, high = true, 0, 0, 0
		case c < 0x80:
			out = append(out, rune(c))
		default:
			out = append(out, replacement)
		}
	}
	if shifted && (high != 0 || bits >= 6 || buffer != 0) {
		out = append(out, replacement)
	}
	return out, true
}
