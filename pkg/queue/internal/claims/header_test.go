package claims

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"
)

// TestForged checks that a valid header is not believed if it claims more names than its
// file can hold. Nor is a note of an empty queue in a directory that is too small for
// such a note.
func TestForged(t *testing.T) {
	t.Parallel()
	d := newDir(t)
	changed := d.on.Lookup("/q").ModTime.UnixNano()
	for what, h := range map[string]header{
		"of more names than any has":    {Magic: magic, Generation: 1, Built: d.Now().UnixNano(), Count: 1 << 62, Tail: math.Float64bits(1e300)},
		"of more names than there are":  {Magic: magic, Generation: 1, Built: d.Now().UnixNano(), Count: 2},
		"that has handed out too many":  {Magic: magic, Generation: 1, Built: d.Now().UnixNano(), Next: 1},
		"that hides what is ready":      {Magic: magic, Changed: changed},
		"that hides, and has names too": {Magic: magic, Changed: changed, Count: 1},
	} {
		d.on.Put("/q/"+Name, append(h.marshal(), make([]byte, recordSize)...), 38, 39)
		if hint, ok := Of(d, 0, 0).Take(math.MaxInt); ok {
			t.Errorf("a cache %s: %d names, empty: %v", what, len(hint.Names), hint.Empty)
		}
	}
}

// FuzzTake reads files of any content. It checks that Take returns no more names than
// were asked for or than the file has, and that it writes only the number of those names.
func FuzzTake(f *testing.F) {
	h := header{Magic: magic, Generation: 1, Count: 2, Tail: math.Float64bits(101)}
	for _, built := range []int64{0, 1 << 62} {
		h.Built = built
		content := h.marshal()
		for n := range 2 {
			content = append(content, base(100+n)...)
			content = append(content, bytes.Repeat([]byte("\n"), recordSize-len(base(100+n)))...)
		}
		f.Add(content, 1)
		f.Add(content[:headerSize+recordSize], 2)
	}
	f.Add((&header{Magic: magic, Changed: 1}).marshal(), 1)
	f.Add([]byte("switchboard"), 1)
	f.Fuzz(func(t *testing.T, content []byte, n int) {
		if n < 1 {
			return
		}
		d := newDir(t)
		// Half of the inputs get the current time and the right sum.
		if len(content) >= headerSize && n%2 == 0 {
			binary.LittleEndian.PutUint64(content[16:], uint64(d.Now().UnixNano()))
			binary.LittleEndian.PutUint64(content[sumAt:], sum(content))
		}
		file := d.on.Put("/q/"+Name, bytes.Clone(content), 38, 39)
		hint, ok := Of(d, 0, 0).Take(n)
		if !ok && len(hint.Names) > 0 || len(hint.Names) > n || len(hint.Names)*recordSize > len(content) {
			t.Fatalf("%d names of %d bytes, %d asked for, %v", len(hint.Names), len(content), n, ok)
		}
		if len(hint.Names) > 0 {
			next := binary.LittleEndian.Uint64(content[nextAt:]) + uint64(len(hint.Names))
			binary.LittleEndian.PutUint64(content[nextAt:], next)
		}
		if !bytes.Equal(file.Data, content) {
			t.Fatal("the file has changed")
		}
	})
}
