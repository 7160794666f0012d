package pickle

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Target is the Python that loads what is written.
type Target uint8

const (
	// Python2 is 2.7. Text becomes unicode, bytes become str.
	Python2 Target = iota
	// Python3 is 3.4 or later. A Python 2 str becomes a str, its bytes above 127
	// surrogate escapes.
	Python3
)

// ErrUnwritable is what [errors.Is] finds if a value cannot be written for the
// target or within the limit.
var ErrUnwritable = errors.New("value cannot be pickled")

// Options say how [AppendValue] writes.
type Options struct {
	Target Target
	// Limit is the largest number of bytes that a value may take; 0 is 64 MiB.
	Limit int

	// firstMemo is the first memo number. Only tests set it.
	firstMemo uint32
}

// AppendValue appends the opcodes that load a value; [AppendStop] completes the
// pickle. A value that occurs more than once is written once, which keeps the size
// in proportion to what was read. An [Object] becomes the same call again. An error
// is [ErrUnwritable] or comes from the file that holds the long strings.
func AppendValue(dst []byte, v Value, o Options) ([]byte, error) {
	e := encoder{out: dst, start: len(dst), target: o.Target, limit: o.Limit, next: o.firstMemo}
	if e.limit <= 0 {
		e.limit = 64 << 20
	}
	e.count(v)
	if err := e.value(v, 0); err != nil {
		return dst, err
	}
	return e.out, nil
}

type encoder struct {
	out    []byte
	start  int
	target Target
	limit  int
	// shared are the values that occur more than once, memo those written.
	shared repeats
	memo   map[any]uint32
	next   uint32
	// loops says that a tuple or a call occurs more than once, perhaps within
	// itself. Then every container goes into the memo, or writing would not end.
	loops bool
}

func unwritable(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrUnwritable, fmt.Sprintf(format, args...))
}

// identity returns what identifies a value that occurs again. It returns nil if writing
// the value twice costs no more than a reference.
func identity(v Value) any {
	switch v := v.(type) {
	case Int:
		if v.Big != nil {
			return v.Big
		}
		return nil
	case *String:
		if v.Len() < 4 {
			return nil
		}
		return v
	case *Tuple:
		if len(v.Items) == 0 {
			return nil
		}
		return v
	case *List, *Dict, *Set, *Global, *Object:
		return v
	case *Moment:
		return v
	}
	return nil
}

// count finds the values that occur more than once.
func (e *encoder) count(root Value) {
	var room [16]Value
	todo := append(room[:0], root)
	for len(todo) > 0 {
		v := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if v == nil {
			continue
		}
		id := identity(v)
		if id == nil {
			continue
		}
		if e.shared.again(id) {
			switch v.(type) {
			case *Tuple, *Set, *Object:
				e.loops = true
			}
			continue
		}
		if m, ok := v.(*Moment); ok && m.from != nil {
			todo = append(todo, m.from)
		}
		todo = AppendChildren(todo, v)
	}
}

// known writes a reference to the value if it was written before, and reports whether
// it was.
func (e *encoder) known(id any) bool {
	n, ok := e.memo[id]
	if !ok {
		return false
	}
	if n < 256 {
		e.out = append(e.out, opBinGet, byte(n))
	} else {
		e.out = binary.LittleEndian.AppendUint32(append(e.out, opLongBinGet), n)
	}
	return true
}

// remember puts the value on top into the memo if it occurs again.
func (e *encoder) remember(id any) {
	if !e.shared.has(id) {
		switch id.(type) {
		case *List, *Dict, *Set, *Object:
			if e.loops {
				break
			}
			return
		default:
			return
		}
	}
	if e.memo == nil {
		e.memo = make(map[any]uint32)
	}
	e.memo[id] = e.next
	if e.next < 256 {
		e.out = append(e.out, opBinPut, byte(e.next))
	} else {
		e.out = binary.LittleEndian.AppendUint32(append(e.out, opLongBinPut), e.next)
	}
	e.next++
}

func (e *encoder) value(v Value, depth int) error {
	// Each level of a decoded value can come twice: see tuple.
	if depth > 2*depthLimit {
		return unwritable("nested too deeply")
	}
	if len(e.out)-e.start > e.limit {
		return unwritable("more than %d bytes", e.limit)
	}
	id := identity(v)
	if id != nil && e.known(id) {
		return nil
	}
	var err error
	switch v := v.(type) {
	case None:
		e.out = AppendNone(e.out)
	case Bool:
		e.out = AppendBool(e.out, bool(v))
	case Int:
		e.int(v)
	case Float:
		e.out = AppendFloat(e.out, float64(v))
	case *String:
		err = e.text(v)
	case *Tuple:
		return e.tuple(v, depth)
	case *List:
		e.out = AppendList(e.out)
		e.remember(id)
		return e.items(v.Items, depth)
	case *Dict:
		e.out = AppendDict(e.out)
		e.remember(id)
		return e.pairs(v.Pairs, depth)
	case *Set:
		return e.set(v, depth)
	case *Global:
		err = e.global(v)
	case *Object:
		return e.object(v, depth)
	case *Moment:
		if v.from == nil {
			return unwritable("a time that was not read from a pickle")
		}
		return e.value(v.from, depth)
	case Delta:
		if err = e.global(&Global{"datetime", "timedelta"}); err == nil {
			e.out = append(e.out, opMark)
			for _, n := range []int64{v.Days, v.Seconds, v.Microseconds} {
				e.out = AppendInt(e.out, n)
			}
			e.out = append(e.out, opTuple, opReduce)
		}
	default:
		return unwritable("%T", v)
	}
	if err == nil && id != nil {
		e.remember(id)
	}
	return err
}

func (e *encoder) int(n Int) {
	switch {
	case n.Big != nil:
		e.out = AppendLong(e.out, n.Big)
	case n.Long && e.target == Python2:
		e.out = append(append(append(e.out, opLong), n.String()...), 'L', '\n')
	default:
		e.out = AppendInt(e.out, n.Small)
	}
}

func (e *encoder) text(s *String) error {
	room := e.limit - (len(e.out) - e.start)
	if s.Len() > int64(room) {
		return unwritable("more than %d bytes", e.limit)
	}
	content, _, err := s.Text(room)
	if err != nil {
		return err
	}
	switch {
	case s.Array:
		return e.byteArray(content)
	case s.Kind == Unicode:
		e.out = AppendUnicode(e.out, content)
	case e.target == Python2:
		e.out = AppendByteString(e.out, content)
	case s.Kind == ByteString:
		e.out = AppendUnicode(e.out, AppendEscaped(nil, content))
	default:
		e.out = appendBytes(e.out, content)
	}
	return nil
}

func appendBytes(dst, b []byte) []byte {
	switch {
	case len(b) < 256:
		dst = append(dst, opShortBinBytes, byte(len(b)))
	case uint64(len(b)) < 1<<32:
		dst = binary.LittleEndian.AppendUint32(append(dst, opBinBytes), uint32(len(b)))
	default:
		dst = binary.LittleEndian.AppendUint64(append(dst, opBinBytes8), uint64(len(b)))
	}
	return append(dst, b...)
}

// byteArray writes bytearray(b): its own opcode is for Python 3.8 and later.
func (e *encoder) byteArray(b []byte) error {
	if err := e.global(&Global{"__builtin__", "bytearray"}); err != nil {
		return err
	}
	e.out = append(e.out, opMark)
	if e.target == Python2 {
		e.out = AppendByteString(e.out, b)
	} else {
		e.out = appendBytes(e.out, b)
	}
	e.out = append(e.out, opTuple, opReduce)
	return nil
}
