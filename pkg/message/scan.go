package message

import (
	"io"
	"unicode/utf8"

	"golang.org/x/text/transform"

	"switchboard/pkg/pickle"
)

// asciiOnly reports whether a string of any length is ASCII. It reads the string.
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

// asciiScan is a writer that fails at the first byte that is not ASCII.
type asciiScan struct{ wide bool }

var errNotASCII = io.ErrShortWrite

func (a *asciiScan) Write(p []byte) (int, error) {
	if !pickle.IsASCII(p) {
		a.wide = true
		return 0, errNotASCII
	}
	return len(p), nil
}

// onlyEscapes reports whether a unicode string has no characters except ASCII and
// escapes. It reads the string.
func onlyEscapes(s *pickle.String) (bool, error) {
	if b, ok := s.Short(); ok && pickle.IsASCII(b) {
		return true, nil
	}
	var in, out byteCount
	w := transform.NewWriter(&out, unescaper{})
	_, err := s.WriteTo(io.MultiWriter(&in, w))
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return false, contentError("text", err)
	}
	// Each escape is three bytes, none of them ASCII, and becomes one byte.
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
