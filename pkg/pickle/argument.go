package pickle

import (
	"bytes"
	"encoding/binary"
)

// argKind is how an opcode's argument is written.
type argKind uint8

const (
	noArg argKind = iota
	uint1
	uint2
	uint4
	int4
	uint8b
	float8
	// textLine ends at a newline, linePair at the second one.
	textLine
	linePair
	// stringLine is a textLine of any length.
	stringLine
	// sizedN is a length in N bytes, then as many bytes as it says.
	sized1
	sized4
	sized4signed
	sized8
	// longN is a length in N bytes, then that many bytes of an integer.
	long1
	long4
)

// argument is what follows an opcode. The slices are valid until the next read from the
// source.
type argument struct {
	// num is the number; a signed one keeps its sign in 64 bits.
	num uint64
	// data is a line without its newline, or the bytes of a long.
	data []byte
	// second is the second line of a pair.
	second []byte
	// text is the extent of a string.
	text line
}

// argument reads the argument of an opcode and steps over it. It does not read a
// string, and notes only where it is.
func (s *source) argument(kind argKind, a *argument) error {
	switch kind {
	case noArg:
		return nil
	case uint1, uint2, uint4, int4, uint8b, float8:
		var err error
		a.num, err = s.number(kind)
		return err
	case textLine:
		return s.lines(&a.data)
	case linePair:
		return s.lines(&a.data, &a.second)
	case stringLine:
		var err error
		a.text, err = s.scanLine()
		return err
	}
	n, err := s.number(lengthKind[kind])
	if err != nil {
		return err
	}
	if kind == sized4signed && int64(n) < 0 || kind == long4 && int64(n) < 0 {
		return causef("negative length %d", int64(n))
	}
	if n > uint64(s.left()) {
		return errTooLong
	}
	if kind == long1 || kind == long4 {
		if n > longLimit {
			return causef("integer of %d bytes, at most %d are read", n, longLimit)
		}
		a.data, err = s.next(int(n))
		return err
	}
	a.text = line{off: s.at, n: int64(n)}
	s.at += int64(n)
	return nil
}

// lengthKind says how the length before a string is written.
var lengthKind = [...]argKind{
	sized1: uint1, sized4: uint4, sized4signed: int4, sized8: uint8b,
	long1: uint1, long4: int4,
}

// nextByte returns the next byte and steps over it.
func (s *source) nextByte() (byte, error) {
	if i := s.at - s.base; uint64(i) < uint64(len(s.buf)) {
		s.at++
		return s.buf[i], nil
	}
	b, err := s.next(1)
	if err != nil {
		return 0, err
	}
	return b[0], nil
}

func (s *source) number(kind argKind) (uint64, error) {
	switch kind {
	case uint1:
		b, err := s.nextByte()
		return uint64(b), err
	case uint2:
		b, err := s.next(2)
		if err != nil {
			return 0, err
		}
		return uint64(binary.LittleEndian.Uint16(b)), nil
	case uint4, int4:
		b, err := s.next(4)
		if err != nil {
			return 0, err
		}
		n := binary.LittleEndian.Uint32(b)
		if kind == int4 {
			return uint64(int64(int32(n))), nil
		}
		return uint64(n), nil
	}
	b, err := s.next(8)
	if err != nil {
		return 0, err
	}
	if kind == float8 {
		return binary.BigEndian.Uint64(b), nil
	}
	return binary.LittleEndian.Uint64(b), nil
}

// lines reads short lines. It reads all of them before any is used, because they
// must be in one window.
func (s *source) lines(to ...*[]byte) error {
	b, err := s.peek(len(to) * (lineLimit + 1))
	if err != nil {
		return err
	}
	for _, l := range to {
		i := bytes.IndexByte(b, '\n')
		switch {
		case i > lineLimit, i < 0 && len(b) > lineLimit:
			return causef("line of more than %d bytes", lineLimit)
		case i < 0:
			return errTruncated
		case i == 0:
			// Every Python refuses this ("pickle data was truncated").
			return cause("empty line")
		}
		*l = b[:i:i]
		b = b[i+1:]
		s.at += int64(i) + 1
	}
	return nil
}
