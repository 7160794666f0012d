package pycodec

import "slices"

// punycode is RFC 3492. Python encodes any text with it, not only domains.
type punycode struct{}

const (
	punyDigits = "abcdefghijklmnopqrstuvwxyz0123456789"
	punyFirst  = 128
	// punyLimit is the longest text that is encoded: the time for encoding grows with
	// the square of the length.
	punyLimit = 512
)

// threshold is T(j, bias).
func threshold(j, bias int) int { return min(max(36*(j+1)-bias, 1), 26) }

func adapt(delta int, first bool, count int) int {
	if first {
		delta /= 700
	} else {
		delta /= 2
	}
	delta += delta / count
	n := 0
	for ; delta > 455; n += 36 {
		delta /= 35
	}
	return n + 36*delta/(delta+38)
}

func (punycode) encode(text []rune, _ bool) ([]byte, bool) {
	if len(text) > punyLimit {
		return nil, false
	}
	var out []byte
	var others []rune
	for _, r := range text {
		if r < punyFirst {
			out = append(out, byte(r))
		} else {
			others = append(others, r)
		}
	}
	basic := len(out)
	if basic > 0 {
		out = append(out, '-')
	}
	slices.Sort(others)
	others = slices.Compact(others)
	before, done, delta, bias, first := rune(punyFirst), basic, 0, 72, true
	for _, r := range others {
		delta += int(r-before) * (done + 1)
		for _, c := range text {
			if c < r {
				delta++
			}
			if c != r {
				continue
			}
			out = appendPuny(out, delta, bias)
			done++
			bias, first = adapt(delta, first, done), false
			delta = 0
		}
		delta++
		before = r + 1
	}
	return out, true
}

func appendPuny(out []byte, n, bias int) []byte {
	for j := 0; ; j++ {
		t := threshold(j, bias)
		if n < t {
			return append(out, punyDigits[n])
		}
		out = append(out, punyDigits[t+(n-t)%(36-t)])
		n = (n - t) / (36 - t)
	}
}

func (punycode) decode([]byte) ([]rune, bool) { return nil, false }

// idna is for ASCII only. Other names need tables of upper and lower case.
type idna struct{}

func (idna) encode(text []rune, _ bool) ([]byte, bool) {
	out := make([]byte, 0, len(text))
	label := 0
	for _, r := range text {
		if label++; r < 0 || r >= 0x80 || r == '.' && label == 1 || r != '.' && label > 63 {
			return nil, false
		}
		if r == '.' {
			label = 0
		}
		out = append(out, byte(r))
	}
	return out, true
}

func (idna) decode([]byte) ([]rune, bool) { return nil, false }
