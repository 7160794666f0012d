package pycodec

import (
	"fmt"
	"strconv"
	"strings"
)

// escape is unicode_escape: text as in the source of a program.
type escape struct{}

func (escape) encode(text []rune, _ bool) ([]byte, bool) {
	out := make([]byte, 0, len(text))
	for _, r := range text {
		switch {
		case r == '\\':
			out = append(out, `\\`...)
		case r == '\t':
			out = append(out, `\t`...)
		case r == '\n':
			out = append(out, `\n`...)
		case r == '\r':
			out = append(out, `\r`...)
		case ' ' <= r && r < 0x7F:
			out = append(out, byte(r))
		case r < 0x100:
			out = fmt.Appendf(out, `\x%02x`, r)
		default:
			out = appendEscape(out, r)
		}
	}
	return out, true
}

func appendEscape(out []byte, r rune) []byte {
	if r < 0x10000 {
		return fmt.Appendf(out, `\u%04x`, r)
	}
	return fmt.Appendf(out, `\U%08x`, r)
}

func (escape) decode(b []byte) ([]rune, bool) {
	const letters, meant = "\n\\'\"btnfrva", "\x00\\'\"\b\t\n\f\r\v\a"
	out := make([]rune, 0, len(b))
	for i := 0; i < len(b); {
		c := b[i]
		i++
		if c != '\\' {
			out = append(out, rune(c))
			continue
		}
		if i == len(b) {
			out = append(out, replacement)
			break
		}
		c = b[i]
		i++
		switch at := strings.IndexByte(letters, c); {
		case c == '\n':
		case at >= 0:
			out = append(out, rune(meant[at]))
		case '0' <= c && c <= '7':
			r := rune(c - '0')
			for end := i + 2; i < min(end, len(b)) && '0' <= b[i] && b[i] <= '7'; i++ {
				r = r<<3 | rune(b[i]-'0')
			}
			out = append(out, r)
		case c == 'x' || c == 'u' || c == 'U':
			r, n := digits(b[i:], map[byte]int{'x': 2, 'u': 4, 'U': 8}[c])
			out = append(out, r)
			i += n
		case c == 'N' && i < len(b) && b[i] == '{':
			return nil, false
		case c == 'N':
			out = append(out, replacement)
		default:
			out = append(out, '\\', rune(c))
		}
	}
	return out, true
}

// digits reads a character of n hexadecimal digits, and returns how many digits
// there were. The character is U+FFFD if there are fewer than n digits or the
// number is too large.
func digits(b []byte, n int) (rune, int) {
	have := 0
	for have < min(n, len(b)) && strings.IndexByte("0123456789abcdefABCDEF", b[have]) >= 0 {
		have++
	}
	r, err := strconv.ParseUint(string(b[:have]), 16, 32)
	if have < n || err != nil || r > 0x10FFFF {
		return replacement, have
	}
	return rune(r), have
}

// rawEscape is raw_unicode_escape: Latin-1, and \u for other characters.
type rawEscape struct{}

func (rawEscape) encode(text []rune, _ bool) ([]byte, bool) {
	out := make([]byte, 0, len(text))
	for _, r := range text {
		if r < 0x100 {
			out = append(out, byte(r))
		} else {
			out = appendEscape(out, r)
		}
	}
	return out, true
}

func (rawEscape) decode(b []byte) ([]rune, bool) {
	out := make([]rune, 0, len(b))
	for i := 0; i < len(b); {
		if b[i] != '\\' {
			out = append(out, rune(b[i]))
			i++
			continue
		}
		// An even number of backslashes escapes nothing.
		start := i
		for i < len(b) && b[i] == '\\' {
			out = append(out, '\\')
			i++
		}
		if (i-start)%2 == 0 || i == len(b) || b[i] != 'u' && b[i] != 'U' {
			continue
		}
		n := 4
		if b[i] == 'U' {
			n = 8
		}
		r, have := digits(b[i+1:], n)
		out[len(out)-1] = r
		i += 1 + have
	}
	return out, true
}
