package pickle

import (
	"io"
	"iter"
	"sync"
)

// blockSize is how much of a file is decoded at once, firstBlock how much of it at first:
// often only the header of a message is wanted.
const (
	firstBlock = 16 << 10
	blockSize  = 128 << 10
)

var blockBuffers = sync.Pool{New: func() any { return new([blockSize]byte) }}

// Blocks reads the content of a [String] in blocks that end with a whole character.
type Blocks struct {
	s *String
	// off is the offset of the next byte to read, end that of the byte after the
	// string.
	off, end int64
	size     int
	buf      *[blockSize]byte
	// rest was read but not decoded: the beginning of a character or an escape.
	rest []byte
	// decoded is memory for what takes more room decoded than stored.
	decoded []byte
}

// Blocks returns a reader of the content, from its start.
func (s *String) Blocks() *Blocks {
	b := &Blocks{s: s, size: firstBlock}
	if s.ref != nil {
		b.off, b.end = s.ref.off, s.ref.off+s.ref.raw
	}
	return b
}

// All yields the content in the blocks that [Blocks] reads. It ends after an error.
func (s *String) All() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		blocks := s.Blocks()
		defer blocks.Close()
		for {
			b, err := blocks.Next()
			if err == io.EOF || !yield(b, err) || err != nil {
				return
			}
		}
	}
}

// Close lets others use the memory of b. It is optional.
func (b *Blocks) Close() {
	if b.buf != nil {
		blockBuffers.Put(b.buf)
		b.buf = nil
	}
	b.off, b.end, b.rest = 0, 0, nil
}

// Next returns the next block, which is not empty, or [io.EOF]. The block is valid until
// the next call. The caller may change its bytes, unless the string is Short.
func (b *Blocks) Next() ([]byte, error) {
	if b.s.ref == nil {
		return b.held()
	}
	for b.off < b.end || len(b.rest) > 0 {
		content, err := b.read()
		if err != nil || len(content) > 0 {
			return content, err
		}
	}
	return nil, io.EOF
}

// held returns a string that is in memory as one block.
func (b *Blocks) held() ([]byte, error) {
	if b.off > 0 || len(b.s.held) == 0 {
		return nil, io.EOF
	}
	b.off = 1
	return b.s.held, nil
}

// read reads and decodes a block. There may be no whole character in it.
func (b *Blocks) read() ([]byte, error) {
	if b.buf == nil {
		b.buf = blockBuffers.Get().(*[blockSize]byte)
	}
	ref := b.s.ref
	kept := copy(b.buf[:], b.rest)
	raw := b.buf[:min(int64(b.size), int64(kept)+b.end-b.off)]
	b.size = blockSize
	if err := readFull(ref.file, raw[kept:], b.off); err != nil {
		return nil, locate(err, b.off, "")
	}
	start := b.off - int64(kept)
	b.off += int64(len(raw) - kept)
	content, took, err := b.decode(raw, b.off == b.end)
	if err == nil && ref.narrow {
		content, err = narrowed(content[:0], content)
	}
	if err != nil {
		return nil, locate(err, start+int64(took), "")
	}
	b.rest = raw[took:]
	return content, nil
}

// decode decodes raw and returns how many bytes of it it used.
func (b *Blocks) decode(raw []byte, last bool) (content []byte, took int, err error) {
	switch {
	case b.s.ref.coding != plain:
		b.decoded, took, err = b.s.ref.coding.decode(b.decoded[:0], raw, last)
		return b.decoded, took, err
	case b.s.Kind == Unicode || b.s.ref.narrow:
		took, err = checkUTF8(raw, last)
		return raw[:took], took, err
	}
	return raw, len(raw), nil
}
