package jsonline

import (
	"io"
	"slices"
	"unicode/utf8"
)

// Escaper is a writer of text, which is UTF-8, as the inside of a JSON string. It is for
// text of any length; the caller writes the quotes.
type Escaper struct {
	blocks
	cut cut
}

// NewEscaper returns an Escaper that writes to w.
func NewEscaper(w io.Writer) *Escaper { return &Escaper{blocks: blocks{w: w}} }

// Write implements [io.Writer].
func (e *Escaper) Write(p []byte) (int, error) {
	first, rest := e.cut.join(p)
	e.buf = appendEscaped(e.buf, first)
	for {
		if err := e.flush(blockSize); err != nil {
			return 0, err
		}
		if len(rest) == 0 {
			return len(p), nil
		}
		// A control character takes six bytes, so a piece of the text is shorter.
		piece := rest[:min(len(rest), blockSize/4)]
		if len(piece) < len(rest) {
			piece = piece[:wholeRunes(piece)]
		}
		e.buf = appendEscaped(slices.Grow(e.buf, len(piece)), piece)
		rest = rest[len(piece):]
	}
}

// Close writes what is left. It does not close the other writer.
func (e *Escaper) Close() error {
	e.buf = appendEscaped(e.buf, e.cut.left())
	e.cut.n = 0
	return e.flush(1)
}

// Check is a writer that finds out whether what is written to it is UTF-8.
type Check struct {
	cut cut
	bad bool
}

// Write implements [io.Writer].
func (u *Check) Write(p []byte) (int, error) {
	if !u.bad {
		first, rest := u.cut.join(p)
		u.bad = !utf8.Valid(first) || !utf8.Valid(rest)
	}
	return len(p), nil
}

// Valid reports whether all that was written is UTF-8.
func (u *Check) Valid() bool { return !u.bad && u.cut.n == 0 }

// cut is the beginning of a character whose other bytes are in the next block.
type cut struct {
	bytes [utf8.UTFMax]byte
	n     int
	// first is memory for what join returns.
	first [utf8.UTFMax]byte
}

// join returns the text up to the end of block p, except for a character that p cuts off:
// first is the character that the block before p cut off, rest is a part of p.
func (c *cut) join(p []byte) (first, rest []byte) {
	for c.n > 0 {
		if len(p) == 0 {
			return nil, nil
		}
		c.bytes[c.n] = p[0]
		if !utf8.FullRune(c.bytes[:c.n+1]) {
			c.n++
			p = p[1:]
			continue
		}
		n := c.n
		if _, size := utf8.DecodeRune(c.bytes[:n+1]); size > 1 {
			n++
			p = p[1:]
		}
		// Otherwise p does not continue the character, but may begin another one.
		c.first, c.n = c.bytes, 0
		first = c.first[:n]
	}
	end := wholeRunes(p)
	c.n = copy(c.bytes[:], p[end:])
	return first, p[:end]
}

// left returns what the last block cut off.
func (c *cut) left() []byte { return c.bytes[:c.n] }

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
