package claims

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"
)

// forever is the reach of a cache that has everything.
var forever = math.Float64bits(math.Inf(1))

// TestForged checks that a valid header is not believed if it claims more names than its
// file can hold. Nor is a note of an empty queue in a directory that is too small for
// such a note.
func TestForged(t *testing.T) {
	t.Parallel()
	d := newDir(t)
	now, changed := d.Now().UnixNano(), d.on.Lookup("/q").ModTime.UnixNano()
	for what, h := range map[string]header{
		"of more names than any has":    {Built: now, Lasts: 1e9, Count: 1 << 62, Tail: forever},
		"of more names than there are":  {Built: now, Lasts: 1e9, Count: 2, Tail: forever},
		"that has handed out too many":  {Built: now, Lasts: 1e9, Tail: forever, progress: progress{Next: 1}},
		"to which too many were added":  {Built: now, Lasts: 1e9, Tail: forever, progress: progress{Added: 1 << 62}},
		"to which more were added":      {Built: now, Lasts: 1e9, Tail: forever, progress: progress{Added: mostAdded}},
		"that hides what is ready":      {Changed: changed},
		"that hides, and has names too": {Changed: changed, Count: 1},
	} {
		h.Generation, h.Reach = 1, forever
		d.on.Put("/q/"+Name, append(h.marshal(), make([]byte, recordSize)...), 38, 39)
		empty, ok := Of(d, 0, 0).Take(math.MaxInt, func(Hint) (Taken, bool) { return Taken{}, true })
		if ok {
			t.Errorf("a cache %s is of use; empty: %v", what, empty)
		}
	}
}

// FuzzTake reads files of any content. It checks that Take offers no more names than were
// asked for or than the file has, and that it writes only what it should.
func FuzzTake(f *testing.F) {
	h := header{Generation: 1, Lasts: 1e9, Count: 2, Tail: forever, progress: progress{Added: 1, Reach: forever}}
	for _, built := range []int64{0, 1 << 62} {
		h.Built = built
		added, _ := marshal(oldest(50, 1), 1)
		listed, _ := marshal(oldest(100, 2), 2)
		content := append(h.marshal(), added...)
		content = append(content, make([]byte, listedAt-len(content))...)
		content = append(content, listed...)
		f.Add(content, 1)
		f.Add(content[:len(content)-recordSize], 2)
	}
	f.Add((&header{Changed: 1}).marshal(), 1)
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
		listed, added, ok := took(Of(d, 0, 0), n)
		if !ok && len(listed)+len(added) > 0 || len(listed) > n || (len(listed)+len(added))*recordSize > len(content) {
			t.Fatalf("%d and %d names of %d bytes, %d asked for, %v", len(listed), len(added), len(content), n, ok)
		}
		if len(listed)+len(added) > 0 {
			next := binary.LittleEndian.Uint64(content[progressAt:]) + uint64(len(listed))
			binary.LittleEndian.PutUint64(content[progressAt:], next)
		}
		// The added names that are left move to the front.
		end := min(len(content), listedAt)
		if len(added) == 0 {
			end = min(len(content), progressAt+8)
		}
		start := min(len(content), progressAt+8)
		if !bytes.Equal(file.Data[:start], content[:start]) || !bytes.Equal(file.Data[end:], content[end:]) {
			t.Fatal("the file has changed")
		}
	})
}
