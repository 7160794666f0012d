package message

import (
	"bytes"
	"io"
	"unicode/utf8"

	"switchboard/pkg/pickle"
)

// Python 3 holds the bytes of mail in a str, with each byte that is not ASCII
// as one of the surrogates U+DC80 to U+DCFF (PEP 383). In the content of a
// pickle.String these are three bytes, ED B2 80 to ED B3 BF.

// escapedAt reports whether b begins with such a surrogate, and for which byte.
func escapedAt(b []byte) (byte, bool) {
	if len(b) < 3 || b[0] != 0xED || b[1]&^1 != 0xB2 || b[2]&^0x3F != 0x80 {
		return 0, false
	}
	return (b[1]&1)<<6 | b[2]&0x3F | 0x80, true
}

// unescape returns the bytes that a str stands for. Other characters than
// ASCII are UTF-8. It returns b itself if there is nothing to do.
func unescape(b []byte) []byte {
	i := bytes.IndexByte(b, 0xED)
	if i < 0 {
		return b
	}
	out := append(make([]byte, 0, len(b)), b[:i]...)
	for i < len(b) {
		if c, ok := escapedAt(b[i:]); ok {
			out = append(out, c)
			i += 3
			continue
		}
		out = append(out, b[i])
		i++
	}
	return out
}

// isEscaped reports whether b is ASCII but for such surrogates.
func isEscaped(b []byte) bool {
	for len(b) > 0 {
		if _, ok := escapedAt(b); ok {
			b = b[3:]
		} else if b[0] < utf8.RuneSelf {
			b = b[1:]
		} else {
			return false
		}
	}
	return true
}

// stringBytes is a string's content as bytes of mail, of what is stored limit
// bytes at most.
func stringBytes(s *pickle.String, limit int) ([]byte, error) {
	b, _, err := s.Text(limit)
	if err != nil {
		return nil, contentError("text", err)
	}
	if s.Kind == pickle.Unicode {
		b = unescape(b)
	}
	return b, nil
}

// unescaper is unescape for streams.
type unescaper struct {
	w    io.Writer
	held []byte
	// out is used again by each Write: text full of 8-bit bytes must not keep
	// the garbage collector busy.
	out []byte
}

func (u *unescaper) Write(p []byte) (int, error) {
	n := len(p)
	if len(u.held) > 0 {
		p = append(u.held, p...)
		u.held = nil
	}
	u.out = u.out[:0]
	for len(p) > 0 {
		i := bytes.IndexByte(p, 0xED)
		if i < 0 {
			i = len(p)
		}
		u.out = append(u.out, p[:i]...)
		if p = p[i:]; len(p) == 0 {
			break
		}
		if len(p) < 3 {
			// The rest comes with the next Write: strings have no cut
			// characters in them.
			u.held = append([]byte(nil), p...)
			break
		}
		if c, ok := escapedAt(p); ok {
			u.out = append(u.out, c)
			p = p[3:]
		} else {
			u.out = append(u.out, p[0])
			p = p[1:]
		}
	}
	if _, err := u.w.Write(u.out); err != nil {
		return 0, err
	}
	return n, nil
}

// newlines turns CRLF and CR into LF, as Python 3's Generator does.
type newlines struct {
	w  io.Writer
	cr bool
}

var newline = []byte{'\n'}

func (t *newlines) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		if t.cr {
			t.cr = false
			if p[0] == '\n' {
				// Its line was ended at the CR.
				p = p[1:]
				continue
			}
		}
		line, rest, found := bytes.Cut(p, []byte{'\r'})
		if len(line) > 0 {
			if _, err := t.w.Write(line); err != nil {
				return 0, err
			}
		}
		if found {
			t.cr = true
			if _, err := t.w.Write(newline); err != nil {
				return 0, err
			}
		}
		p = rest
	}
	return n, nil
}

// asciiOnly tells the same of a string of any length. It reads it.
func asciiOnly(s *pickle.String) (bool, error) {
	if b, ok := s.Short(); ok {
		return pickle.IsASCII(b), nil
	}
	var scan asciiScan
	if _, err := s.WriteTo(&scan); err != nil && err != errNotASCII {
		return false, contentError("text", err)
	}
	return !scan.wide, nil
}

type asciiScan struct{ wide bool }

var errNotASCII = io.ErrShortWrite

func (a *asciiScan) Write(p []byte) (int, error) {
	if !pickle.IsASCII(p) {
		a.wide = true
		return 0, errNotASCII
	}
	return len(p), nil
}

// onlyEscapes reports whether a unicode string has no characters but ASCII and
// the surrogates that stand for bytes. It reads it.
func onlyEscapes(s *pickle.String) (bool, error) {
	if b, ok := s.Short(); ok && pickle.IsASCII(b) {
		return true, nil
	}
	var in, out byteCount
	w := &unescaper{w: &out}
	if _, err := s.WriteTo(io.MultiWriter(&in, w)); err != nil {
		return false, contentError("text", err)
	}
	// Each escape is three bytes, none of them ASCII, and becomes one.
	return in.wide == 3*(in.n-out.n)/2, nil
}

// byteCount counts bytes, and those that are not ASCII.
type byteCount struct{ n, wide int64 }

func (c *byteCount) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	if !pickle.IsASCII(p) {
		for _, b := range p {
			if b >= utf8.RuneSelf {
				c.wide++
			}
		}
	}
	return len(p), nil
}
