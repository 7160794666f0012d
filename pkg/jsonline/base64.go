package jsonline

import (
	"encoding/base64"
	"io"
)

// Base64 is a writer of bytes as the inside of a JSON string that is base64. It is for any
// number of bytes; the caller writes the quotes. The encoder of encoding/base64 writes 1 KiB
// at a time.
type Base64 struct {
	blocks
	// rest are n bytes that have not been encoded.
	rest [3]byte
	n    int
}

// NewBase64 returns a Base64 that writes to w.
func NewBase64(w io.Writer) *Base64 { return &Base64{blocks: blocks{w: w}} }

// Write implements [io.Writer].
func (b *Base64) Write(p []byte) (int, error) {
	rest := p
	if b.n > 0 {
		n := copy(b.rest[b.n:], rest)
		b.n += n
		if rest = rest[n:]; b.n < len(b.rest) {
			return len(p), nil
		}
		b.buf = base64.StdEncoding.AppendEncode(b.buf, b.rest[:])
	}
	whole := len(rest) - len(rest)%len(b.rest)
	b.n = copy(b.rest[:], rest[whole:])
	for rest = rest[:whole]; ; {
		if err := b.flush(blockSize); err != nil {
			return 0, err
		}
		if len(rest) == 0 {
			return len(p), nil
		}
		piece := rest[:min(len(rest), blockSize/4*3)]
		b.buf = base64.StdEncoding.AppendEncode(b.buf, piece)
		rest = rest[len(piece):]
	}
}

// Close writes what is left. It does not close the other writer.
func (b *Base64) Close() error {
	b.buf = base64.StdEncoding.AppendEncode(b.buf, b.rest[:b.n])
	b.n = 0
	return b.flush(1)
}
