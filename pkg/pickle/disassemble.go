package pickle

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strconv"
)

// shownLimit is how many bytes of an argument are shown.
const shownLimit = 60

// Disassemble writes the opcodes of the pickle at offset start of r, which is size
// bytes long, one per line: the offset, the name as in Python's pickletools, and
// the argument, quoted as in Go and shortened.
//
// The pickle need not be valid. Disassemble stops after STOP, or returns an error
// at an unknown opcode or where the file ends. end is the offset of what follows.
// Errors are those of [Decode] and of w.
func Disassemble(w io.Writer, r io.ReaderAt, size, start int64) (end int64, err error) {
	out := bufio.NewWriterSize(w, 16<<10)
	s := newSource(r, size, start)
	defer s.release()
	end, err = disassemble(out, &s)
	if flushed := out.Flush(); err == nil {
		err = flushed
	}
	return end, err
}

func disassemble(out *bufio.Writer, s *source) (int64, error) {
	var arg argument
	var text []byte
	for {
		at := s.at
		b, err := s.next(1)
		if err != nil {
			return at, locate(err, at, "")
		}
		code := b[0]
		op := &opcodes[code]
		if op.name == "" {
			return at, locate(causef("unknown opcode 0x%02x", code), at, "")
		}
		if err := s.argument(op.arg, &arg); err != nil {
			return at, locate(err, at, op.name)
		}
		next := s.at
		if text, err = s.show(text[:0], op.arg, &arg); err != nil {
			return at, locate(err, at, op.name)
		}
		s.at = next
		if len(text) == 0 {
			_, err = fmt.Fprintf(out, "%9d  %s\n", at, op.name)
		} else {
			_, err = fmt.Fprintf(out, "%9d  %-16s %s\n", at, op.name, text)
		}
		if err != nil || code == opStop {
			return next, err
		}
	}
}

// show appends an argument as people read it.
func (s *source) show(dst []byte, kind argKind, a *argument) ([]byte, error) {
	switch kind {
	case noArg:
		return dst, nil
	case uint1, uint2, uint4, uint8b:
		return strconv.AppendUint(dst, a.num, 10), nil
	case int4:
		return strconv.AppendInt(dst, int64(a.num), 10), nil
	case float8:
		return Float(math.Float64frombits(a.num)).AppendRepr(dst), nil
	case textLine:
		return quote(dst, a.data, int64(len(a.data))), nil
	case linePair:
		dst = append(quote(dst, a.data, int64(len(a.data))), ' ')
		return quote(dst, a.second, int64(len(a.second))), nil
	case long1, long4:
		if len(a.data) > shownLimit {
			return fmt.Appendf(dst, "integer of %d bytes", len(a.data)), nil
		}
		return append(dst, binaryInt(a.data).String()...), nil
	}
	s.at = a.text.off
	b, err := s.next(int(min(a.text.n, shownLimit)))
	return quote(dst, b, a.text.n), err
}

// quote appends the first bytes of an argument of n bytes, escaped, because they
// may go to a terminal.
func quote(dst, b []byte, n int64) []byte {
	dst = strconv.AppendQuoteToASCII(dst, string(b[:min(len(b), shownLimit)]))
	if n > shownLimit {
		dst = fmt.Appendf(dst, "... (%d bytes)", n)
	}
	return dst
}
