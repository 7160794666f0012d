package message

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/text/transform"

	"switchboard/pkg/pickle"
)

// Python 3 holds the bytes of mail in a str, with each byte that is not ASCII
// as one of the surrogates U+DC80 to U+DCFF (PEP 383). In the content of a
// pickle.String these are three bytes, ED B2 80 to ED B3 BF. pickle.AppendEscaped
// writes them.

// escapedAt reports whether b begins with such a surrogate, and for which byte.
func escapedAt(b []byte) (byte, bool) {
	if len(b) < 3 || b[0] != firstOfEscape || b[1]&^1 != 0xB2 || b[2]&^0x3F != 0x80 {
		return 0, false
	}
	return (b[1]&1)<<6 | b[2]&0x3F | 0x80, true
}

// firstOfEscape is the first byte of every such surrogate, and of a few other
// characters.
const firstOfEscape = 0xED

// unescape returns the bytes that a str stands for. Characters that are neither
// ASCII nor escapes are UTF-8. It returns b itself if b has no escapes.
func unescape(b []byte) []byte {
	if bytes.IndexByte(b, firstOfEscape) < 0 {
		return b
	}
	out, _, _ := transform.Bytes(unescaper{}, b)
	return out
}

// unescaper is the [transform.Transformer] of unescape.
type unescaper struct{ transform.NopResetter }

func (unescaper) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		if nDst == len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}
		if src[nSrc] != firstOfEscape {
			n := copyUntil(dst[nDst:], src[nSrc:], firstOfEscape)
			nDst += n
			nSrc += n
			continue
		}
		if len(src)-nSrc < 3 && !atEOF {
			return nDst, nSrc, transform.ErrShortSrc
		}
		if c, ok := escapedAt(src[nSrc:]); ok {
			dst[nDst] = c
			nSrc += 3
		} else {
			dst[nDst] = src[nSrc]
			nSrc++
		}
		nDst++
	}
	return nDst, nSrc, nil
}

// copyUntil copies the bytes before the first stop byte, as many as dst has room for.
func copyUntil(dst, src []byte, stop byte) int {
	src = src[:min(len(src), len(dst))]
	if i := bytes.IndexByte(src, stop); i >= 0 {
		src = src[:i]
	}
	return copy(dst, src)
}

// lineFeeds is a [transform.Transformer] that turns CRLF and CR into LF, as
// Python 3's Generator does.
type lineFeeds struct {
	// cr says that the last byte was a CR: an LF that follows is part of its line
	// end.
	cr bool
}

// Reset implements [transform.Transformer].
func (t *lineFeeds) Reset() { t.cr = false }

func (t *lineFeeds) Transform(dst, src []byte, _ bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		if t.cr && src[nSrc] == '\n' {
			t.cr = false
			nSrc++
			continue
		}
		if nDst == len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}
		if t.cr = src[nSrc] == '\r'; t.cr {
			dst[nDst] = '\n'
			nDst++
			nSrc++
			continue
		}
		n := copyUntil(dst[nDst:], src[nSrc:], '\r')
		nDst += n
		nSrc += n
	}
	return nDst, nSrc, nil
}

// withLineFeeds returns b with all line ends as LF: b itself if it has no CR.
func withLineFeeds(b []byte) []byte {
	if bytes.IndexByte(b, '\r') < 0 {
		return b
	}
	out, _, _ := transform.Bytes(&lineFeeds{}, b)
	return out
}

// isEscaped reports whether b is ASCII except for escapes.
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

// stringBytes returns the bytes of mail that a string holds. It reads at most
// limit bytes of what is stored.
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
