package jsonline

import (
	"unicode/utf8"

	"golang.org/x/text/transform"
)

// Escaper is a [transform.Transformer] that turns text, which is UTF-8, into the
// inside of a JSON string. It is for text of any length; the caller writes the
// quotes.
type Escaper struct{ transform.NopResetter }

// Transform implements [transform.Transformer].
func (Escaper) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	// No character of n bytes takes more than growth*n bytes.
	const growth = len(`\u0000`)
	for nSrc < len(src) {
		piece := src[nSrc:min(len(src), nSrc+(len(dst)-nDst)/growth)]
		last := nSrc+len(piece) == len(src)
		if !last || !atEOF {
			piece = piece[:wholeRunes(piece)]
		}
		switch {
		case len(piece) > 0:
		case last:
			return nDst, nSrc, transform.ErrShortSrc
		default:
			return nDst, nSrc, transform.ErrShortDst
		}
		nDst += len(appendEscaped(dst[nDst:nDst], piece))
		nSrc += len(piece)
	}
	return nDst, nSrc, nil
}

// Check is a writer that finds out whether what is written to it is UTF-8. It is
// faster than the validator of golang.org/x/text/encoding, which copies the text
// and looks at each byte.
type Check struct {
	// rest are the first n bytes of a character whose other bytes are yet to come.
	rest [utf8.UTFMax]byte
	n    int
	bad  bool
}

// Valid reports whether all that was written is UTF-8.
func (u *Check) Valid() bool { return !u.bad && u.n == 0 }

// Write implements [io.Writer].
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

// wholeRunes returns the length of b without a character that is cut off at its
// end.
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
