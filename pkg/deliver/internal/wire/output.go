package wire

import (
	"encoding/binary"
	"io"
)

// output is the text being written.
type output struct {
	// w is nil if the text is only counted.
	w   io.Writer
	buf []byte
	// n counts what has left buf.
	n        int64
	eightBit bool
	err      error
}

func (o *output) add(p []byte) {
	if len(o.buf)+len(p) > cap(o.buf) {
		o.flush()
		if len(p) > cap(o.buf) {
			o.send(p)
			return
		}
	}
	o.buf = append(o.buf, p...)
}

// count does what add and flush do, for lines of a text that goes nowhere.
func (o *output) count(p []byte, lines int) {
	o.flush()
	o.send(p)
	o.n += int64(lines)
}

// flush returns the first error.
func (o *output) flush() error {
	o.send(o.buf)
	o.buf = o.buf[:0]
	return o.err
}

func (o *output) send(p []byte) {
	if len(p) == 0 || o.err != nil {
		return
	}
	switch {
	case o.w != nil:
		var n int
		n, o.err = o.w.Write(p)
		o.n += int64(n)
	default:
		o.n += int64(len(p))
		o.eightBit = o.eightBit || !isASCII(p)
	}
}

func isASCII(p []byte) bool {
	const high = 0x8080808080808080
	for len(p) >= 32 {
		w := binary.LittleEndian.Uint64(p) | binary.LittleEndian.Uint64(p[8:]) |
			binary.LittleEndian.Uint64(p[16:]) | binary.LittleEndian.Uint64(p[24:])
		if w&high != 0 {
			return false
		}
		p = p[32:]
	}
	for _, c := range p {
		if c >= 0x80 {
			return false
		}
	}
	return true
}
