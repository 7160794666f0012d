package pycodec

import "strings"

// multibyte is a codec that consists of a table and keeps no state.
type multibyte struct{ *table }

func (m multibyte) encode(text []rune, replace bool) ([]byte, bool) {
	out := make([]byte, 0, 2*len(text))
	for len(text) > 0 {
		code, n := m.codeOf(text)
		switch r := text[0]; {
		case code > 0xFFFF:
			out = append(out, byte(code>>16), byte(code>>8), byte(code))
		case code > 0xFF:
			out = append(out, byte(code>>8), byte(code))
		case code > 0:
			out = append(out, byte(code))
		case 0 <= r && r < 0x80 && m.chars[r] == 0:
			out = append(out, byte(r))
		case m.name == "euc_kr" && isSyllable(r):
			out = appendSyllable(out, r)
		case !replace:
			return nil, false
		default:
			out = append(out, '?')
		}
		text = text[n:]
	}
	return out, true
}

func (m multibyte) decode(b []byte) ([]rune, bool) {
	out := make([]rune, 0, len(b))
	for len(b) > 0 {
		c := b[0]
		if r := m.chars[c]; r != 0 || c < 0x80 {
			if r == 0 {
				r = rune(c)
			}
			out = append(out, r)
			b = b[1:]
			continue
		}
		n := 2
		if c == ss3 && m.chars3 != nil {
			n = 3
		}
		ok := false
		if len(b) >= n {
			code := uint32(0)
			for _, c := range b[:n] {
				code = code<<8 | uint32(c)
			}
			if code == jamo && m.name == "euc_kr" {
				var r rune
				n = min(8, len(b))
				if r, ok = syllable(b[:n]); ok {
					out = append(out, r)
				}
			} else {
				out, ok = m.appendChars(out, code)
			}
		}
		if !ok {
			out = append(out, replacement)
		}
		b = b[min(n, len(b)):]
	}
	return out, true
}

// EUC-KR spells syllables that have no code of their own: jamo, then initial, vowel
// and final, each after the byte 0xA4.
const jamo = 0xA4D4

const (
	initials = "\xa1\xa2\xa4\xa7\xa8\xa9\xb1\xb2\xb3\xb5\xb6\xb7\xb8\xb9\xba\xbb\xbc\xbd\xbe"
	vowels   = "\xbf\xc0\xc1\xc2\xc3\xc4\xc5\xc6\xc7\xc8\xc9\xca\xcb\xcc\xcd\xce\xcf\xd0\xd1\xd2\xd3"
	finals   = "\xd4\xa1\xa2\xa3\xa4\xa5\xa6\xa7\xa9\xaa\xab\xac\xad\xae\xaf\xb0\xb1\xb2\xb4\xb5\xb6\xb7\xb8\xba\xbb\xbc\xbd\xbe"

	firstSyllable, lastSyllable = 0xAC00, 0xD7A3
)

func isSyllable(r rune) bool { return firstSyllable <= r && r <= lastSyllable }

func appendSyllable(out []byte, r rune) []byte {
	n := int(r - firstSyllable)
	i, v, f := n/len(finals)/len(vowels), n/len(finals)%len(vowels), n%len(finals)
	return append(out, 0xA4, 0xD4, 0xA4, initials[i], 0xA4, vowels[v], 0xA4, finals[f])
}

func syllable(b []byte) (rune, bool) {
	if len(b) < 8 || b[2] != 0xA4 || b[4] != 0xA4 || b[6] != 0xA4 {
		return 0, false
	}
	i, v, f := strings.IndexByte(initials, b[3]), strings.IndexByte(vowels, b[5]), strings.IndexByte(finals, b[7])
	if i < 0 || v < 0 || f < 0 {
		return 0, false
	}
	return rune(firstSyllable + (i*len(vowels)+v)*len(finals) + f), true
}
