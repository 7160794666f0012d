package pycodec

import (
	"slices"
	"sync"
	"unicode/utf16"
)

// gb18030 writes four bytes for characters that its table does not have: first
// those of the basic plane in their order, then all others.
type gb18030 struct {
	*table
	// rest are the characters of the basic plane that take four bytes.
	rest []rune
}

var loadGB18030 = sync.OnceValue(func() coder {
	g := gb18030{table: tableNamed("gb18030")}
	for r := rune(0x80); r < 0x10000; r++ {
		if g.codes[r] == 0 && !utf16.IsSurrogate(r) {
			g.rest = append(g.rest, r)
		}
	}
	return g
})

// beyond is the number of the first character above U+FFFF among those of four
// bytes.
const beyond = 15 * 10 * 126 * 10

func (g gb18030) encode(text []rune, replace bool) ([]byte, bool) {
	out := make([]byte, 0, 2*len(text))
	for _, r := range text {
		code := g.code(r)
		switch {
		case 0 <= r && r < 0x80:
			out = append(out, byte(r))
		case code != 0:
			out = append(out, byte(code>>8), byte(code))
		default:
			n := int(r) - 0x10000 + beyond
			if r < 0x10000 {
				i, ok := slices.BinarySearch(g.rest, r)
				if !ok {
					if !replace {
						return nil, false
					}
					out = append(out, '?')
					continue
				}
				n = i
			}
			out = append(out, byte(n/12600+0x81), byte(n/1260%10+0x30), byte(n/10%126+0x81), byte(n%10+0x30))
		}
	}
	return out, true
}

func (g gb18030) decode(b []byte) ([]rune, bool) {
	out := make([]rune, 0, len(b))
	for len(b) > 0 {
		if b[0] < 0x80 {
			out = append(out, rune(b[0]))
			b = b[1:]
			continue
		}
		r, n := rune(0), 2
		switch {
		case len(b) < 2:
		case b[1] < '0' || b[1] > '9':
			r = g.char(uint32(b[0])<<8 | uint32(b[1]))
		default:
			if n = 4; len(b) >= 4 {
				r = g.four(b)
			}
		}
		if r == 0 {
			r = replacement
		}
		out = append(out, r)
		b = b[min(n, len(b)):]
	}
	return out, true
}

func (g gb18030) four(b []byte) rune {
	if b[0] < 0x81 || b[2] < 0x81 || b[3] < '0' || b[3] > '9' {
		return 0
	}
	n := ((int(b[0]-0x81)*10+int(b[1]-'0'))*126+int(b[2]-0x81))*10 + int(b[3]-'0')
	switch {
	case b[0] < 0x85 && n < len(g.rest):
		return g.rest[n]
	case n >= beyond && n-beyond+0x10000 <= 0x10FFFF && b[0] >= 0x90:
		return rune(n - beyond + 0x10000)
	}
	return 0
}
