package message

import (
	"bytes"

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
	return appendUnescaped(make([]byte, 0, len(b)), b)
}

// appendUnescaped appends what unescape returns. dst may be b[:0].
func appendUnescaped(dst, b []byte) []byte {
	for {
		i := bytes.IndexByte(b, firstOfEscape)
		if i < 0 {
			return append(dst, b...)
		}
		dst = append(dst, b[:i]...)
		for b = b[i:]; len(b) > 0 && b[0] == firstOfEscape; {
			if c, ok := escapedAt(b); ok {
				dst = append(dst, c)
				b = b[3:]
			} else {
				dst = append(dst, b[0])
				b = b[1:]
			}
		}
	}
}

// lineFeeds turns CRLF and CR into LF, as Python 3's Generator does, in a text that
// comes in blocks.
type lineFeeds struct {
	// cr says that the last block ended with a CR: an LF that follows is part of its
	// line end.
	cr bool
}

// append appends a block with all line ends as LF. dst may be b[:0].
func (t *lineFeeds) append(dst, b []byte) []byte {
	if t.cr && len(b) > 0 && b[0] == '\n' {
		b = b[1:]
		t.cr = false
	}
	for len(b) > 0 {
		i := bytes.IndexByte(b, '\r')
		if t.cr = i == len(b)-1; i < 0 {
			return append(dst, b...)
		}
		dst = append(append(dst, b[:i]...), '\n')
		b = b[i+1:]
		if len(b) > 0 && b[0] == '\n' {
			b = b[1:]
		}
	}
	return dst
}

// withLineFeeds returns b with all line ends as LF: b itself if it has no CR.
func withLineFeeds(b []byte) []byte {
	if bytes.IndexByte(b, '\r') < 0 {
		return b
	}
	var lines lineFeeds
	return lines.append(make([]byte, 0, len(b)), b)
}

// isEscaped reports whether b is ASCII except for escapes.
func isEscaped(b []byte) bool {
	for {
		b = b[pickle.ASCIILen(b):]
		if len(b) == 0 {
			return true
		}
		if _, ok := escapedAt(b); !ok {
			return false
		}
		b = b[3:]
	}
}

// textReader is an io.Reader of the bytes of mail that a string stands for.
type textReader struct {
	blocks  *pickle.Blocks
	unicode bool
	rest    []byte
}

func (r *textReader) Read(p []byte) (int, error) {
	for len(r.rest) == 0 {
		b, err := r.blocks.Next()
		if err != nil {
			return 0, err
		}
		if r.rest = b; r.unicode {
			r.rest = unescape(b)
		}
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
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
