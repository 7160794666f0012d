package message

import (
	"fmt"
	"iter"
	"math"
	"slices"
	"time"

	"switchboard/pkg/pickle"
)

// Setting is a metadata key to set, and its value. These are the values:
//
//   - int, float64, string, bool, and nil for None;
//   - []string, [iter.Seq2] of string and error, and a slice of these: a list of texts, or of
//     such lists. Patch runs through the sequence twice, and an error that it yields is the
//     error of Patch;
//   - [time.Time]: what that Mailman sets itself, which is a datetime without a time zone,
//     in UTC, for Mailman 3, and a float of Unix seconds for Mailman 2.1.
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
// change: see [Content.Patched]. Keys are ASCII and at most 255 bytes long. [CountKey] is
// set last, so that the next count takes one byte.
func (c *Content) Patch(set ...Setting) (Patch, error) {
	if len(set) == 0 {
		return Patch{}, fmt.Errorf("no metadata to set")
	}
	if n, ok := set[0].Value.(int); ok && len(set) == 1 && set[0].Key == c.lastKey && c.lastSet >= 0 {
		if 0 <= n && n <= math.MaxUint8 {
			return Patch{TailOff: c.MetaEnd, FlipOff: c.lastSet, Flip: byte(n)}, nil
		}
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

// appendSetting appends a key, which is always a SHORT_BINSTRING, its value and SETITEM.
func (c *Content) appendSetting(dst []byte, s Setting) ([]byte, error) {
	if len(s.Key) > math.MaxUint8 || !pickle.IsASCII([]byte(s.Key)) {
		return nil, fmt.Errorf("metadata key %q is not ASCII or longer than 255 bytes", s.Key)
	}
	dst, err := c.appendValue(pickle.AppendByteString(dst, s.Key), s.Value)
	if err != nil {
		return nil, fmt.Errorf("metadata %s: %w", s.Key, err)
	}
	return pickle.AppendSetItem(dst), nil
}

func (c *Content) appendValue(dst []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return pickle.AppendNone(dst), nil
	case bool:
		return pickle.AppendBool(dst, v), nil
	case int:
		return pickle.AppendInt(dst, int64(v)), nil
	case float64:
		return pickle.AppendFloat(dst, v), nil
	case string:
		return c.appendString(dst, v)
	case time.Time:
		return c.appendTime(dst, v)
	case []string:
		return c.appendStrings(dst, func(yield func(string, error) bool) {
			for _, s := range v {
				if !yield(s, nil) {
					return
				}
			}
		})
	case iter.Seq2[string, error]:
		return c.appendStrings(dst, v)
	case [][]string:
		return appendLists(c, dst, v)
	case []iter.Seq2[string, error]:
		return appendLists(c, dst, v)
	}
	return nil, fmt.Errorf("cannot set a %T in place", v)
}

// appendLists appends a list of lists.
func appendLists[List any](c *Content, dst []byte, lists []List) (_ []byte, err error) {
	all := pickle.NewListAppender(dst)
	for _, list := range lists {
		if all.Out, err = c.appendValue(all.Next(), list); err != nil {
			return nil, err
		}
	}
	return all.End(), nil
}

func (c *Content) appendStrings(dst []byte, texts iter.Seq2[string, error]) ([]byte, error) {
	// A list of many grows in one step: the steps would be garbage, of several times its size.
	// Few texts need more than two bytes besides their own, and the marks of the list little.
	size := 0
	for s, err := range texts {
		if err != nil {
			return nil, err
		}
		size += 2 + len(s)
	}
	list := pickle.NewListAppender(slices.Grow(dst, size+size/512+64))
	for s, err := range texts {
		if err == nil {
			list.Out, err = c.appendString(list.Next(), s)
		}
		if err != nil {
			return nil, err
		}
	}
	return list.End(), nil
}

// appendString appends a string for the Python that wrote the file. Both Pythons
// read ASCII, whatever the opcode.
func (c *Content) appendString(dst []byte, s string) ([]byte, error) {
	if len(s) > maxSetting {
		return nil, fmt.Errorf("a text of more than %d bytes", maxSetting)
	}
	if !c.py3 || pickle.IsASCII([]byte(s)) {
		return pickle.AppendByteString(dst, s), nil
	}
	return pickle.AppendUnicode(dst, unicodeContent(s)), nil
}

// Stop is the byte at FlipOff before a patch with a Tail: the end of the metadata.
const Stop = '.'

// maxSetting is the longest text that is set in place.
const maxSetting = 64 << 20

// appendTime appends an instant as the Mailman that wrote the file sets it.
func (c *Content) appendTime(dst []byte, t time.Time) ([]byte, error) {
	t = t.UTC()
	if t.Year() < 1 || t.Year() > 9999 {
		return nil, fmt.Errorf("a time of the year %d", t.Year())
	}
	if c.dialect != Mailman3 {
		return pickle.AppendFloat(dst, float64(t.Unix())+float64(t.Nanosecond())/1e9), nil
	}
	target := pickle.Python2 // a beta of Mailman 3
	if c.py3 {
		target = pickle.Python3
	}
	return pickle.AppendValue(dst, timeObject("datetime", append(dateBytes(t), clockBytes(t)...)), pickle.Options{Target: target})
}

// Patched notes that the change of p was made in the file: c then describes the file as it
// is now, and the next Patch comes after p. Patched reads the tail, and takes no longer for
// a large entry than for a small one.
func (c *Content) Patched(p Patch) error {
	if len(p.Tail) == 0 {
		c.meta.Replace(c.lastKey, pickle.Int{Small: int64(p.Flip)})
		return nil
	}
	doc, err := c.pickles.Continue(c.meta, p.FlipOff, p.TailOff+int64(len(p.Tail)))
	if err != nil {
		return contentError("metadata", err)
	}
	c.MetaEnd, c.lastSet, c.lastKey = doc.End, doc.LastSet, doc.LastKey
	return nil
}
