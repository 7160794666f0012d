package jsonline

import (
	"io"
	"unicode/utf8"
)

// Text escapes what is written to it, which is UTF-8, as the inside of a JSON
// string, and passes it on to W.
type Text struct {
	W   io.Writer
	buf []byte
	// rest is the beginning of a character.
	rest []byte
}

func (t *Text) Write(p []byte) (int, error) {
	n := len(p)
	if len(t.rest) > 0 {
		p = append(t.rest, p...)
	}
	end := wholeRunes(p)
	t.buf = appendEscaped(t.buf[:0], p[:end])
	_, err := t.W.Write(t.buf)
	t.rest = append([]byte(nil), p[end:]...)
	if err != nil {
		return 0, err
	}
	return n, nil
}

// Check finds out whether what is written to it is UTF-8.
type Check struct {
	// rest are the first n bytes of a character whose others are yet to come.
	rest [utf8.UTFMax]byte
	n    int
	bad  bool
}

// Valid reports whether all that was written is UTF-8.
func (u *Check) Valid() bool { return !u.bad && u.n == 0 }

func (u *Check) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 && !u.bad {
		if u.n > 0 {
			u.rest[u.n] = p[0]
			u.n++
			p = p[1:]
			if utf8.FullRune(u.rest[:u.n]) {
				r, size := utf8.DecodeRune(u.rest[:u.n])
				u.bad, u.n = r == utf8.RuneError && size == 1, 0
			}
			continue
		}
		end := wholeRunes(p)
		u.bad = !utf8.Valid(p[:end])
		u.n = copy(u.rest[:], p[end:])
		p = nil
	}
	return n, nil
}

// wholeRunes is the length of b without a character at its end that is cut off.
func wholeRunes(b []byte) int {
	for i := 1; i < utf8.UTFMax && i <= len(b); i++ {
		if utf8.RuneStart(b[len(b)-i]) {
			if !utf8.FullRune(b[len(b)-i:]) {
				return len(b) - i
			}
			break
		}
	}
	return len(b)
}
