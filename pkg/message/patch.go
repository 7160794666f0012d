package message

import (
	"fmt"
	"math"

	"switchboard/pkg/pickle"
)

// Setting is a metadata key to set, and its value: an int (0 to 255) or a string.
type Setting struct {
	Key   string
	Value any
}

// Patch is a change of the metadata of a queue file in place. To apply it, write Tail at
// TailOff, cut the file off after it, sync, write the byte Flip at FlipOff, and sync. The
// file can be loaded at every instant. Without a Tail, only the byte is written.
//
// FlipOff is the offset of the pickle's STOP. Loaders ignore everything after STOP, so the
// tail does not count until the byte becomes the opcode SHORT_BINSTRING, whose argument is
// the beginning of the tail.
type Patch struct {
	TailOff int64
	Tail    []byte
	FlipOff int64
	Flip    byte
}

// Patch plans the change that sets the given metadata keys. The Content does not
// change. Keys are ASCII and at most 255 bytes long. [CountKey] is set last, so
// that the next count takes one byte.
func (c *Content) Patch(set ...Setting) (Patch, error) {
	if len(set) == 0 {
		return Patch{}, fmt.Errorf("no metadata to set")
	}
	if n, ok := set[0].Value.(int); ok && len(set) == 1 && set[0].Key == c.lastKey && c.lastSet >= 0 {
		if n < 0 || n > math.MaxUint8 {
			return Patch{}, fmt.Errorf("metadata %s: %d is not 0 to 255", set[0].Key, n)
		}
		return Patch{TailOff: c.MetaEnd, FlipOff: c.lastSet, Flip: byte(n)}, nil
	}
	var tail []byte
	var err error
	for _, last := range []bool{false, true} {
		for _, s := range set {
			if (s.Key == CountKey) != last {
				continue
			}
			if tail, err = c.appendSetting(tail, s); err != nil {
				return Patch{}, err
			}
		}
	}
	// The STOP becomes the first opcode.
	return Patch{
		TailOff: c.MetaEnd,
		Tail:    pickle.AppendStop(tail[1:]),
		FlipOff: c.MetaEnd - 1,
		Flip:    tail[0],
	}, nil
}

func (c *Content) appendSetting(dst []byte, s Setting) ([]byte, error) {
	if len(s.Key) > math.MaxUint8 || !pickle.IsASCII([]byte(s.Key)) {
		return nil, fmt.Errorf("metadata key %q is not ASCII or longer than 255 bytes", s.Key)
	}
	dst = pickle.AppendByteString(dst, s.Key)
	switch v := s.Value.(type) {
	case int:
		if v < 0 || v > math.MaxUint8 {
			return nil, fmt.Errorf("metadata %s: %d is not 0 to 255", s.Key, v)
		}
		dst = pickle.AppendInt(dst, int64(v))
	case string:
		dst = c.appendString(dst, v)
	default:
		return nil, fmt.Errorf("metadata %s: cannot set a %T in place", s.Key, v)
	}
	return pickle.AppendSetItem(dst), nil
}

// appendString appends a string for the Python that wrote the file. Both Pythons
// read ASCII, whatever the opcode.
func (c *Content) appendString(dst []byte, s string) []byte {
	if !c.py3 || pickle.IsASCII([]byte(s)) {
		return pickle.AppendByteString(dst, s)
	}
	return pickle.AppendUnicode(dst, unicodeContent(s))
}
