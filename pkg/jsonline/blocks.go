package jsonline

import "io"

// blockSize is the least that an [Escaper] and a [Base64] write at once, except at the end.
const blockSize = 128 << 10

// blocks gathers output in buf and writes it in blocks.
type blocks struct {
	w   io.Writer
	buf []byte
}

// flush writes buf if it has at least so many bytes.
func (b *blocks) flush(least int) error {
	if len(b.buf) < least {
		return nil
	}
	_, err := b.w.Write(b.buf)
	b.buf = b.buf[:0]
	return err
}
