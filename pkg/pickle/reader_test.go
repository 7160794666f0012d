package pickle

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"switchboard/test/golden"
)

func TestReader(t *testing.T) {
	t.Parallel()
	for _, pad := range []int{0, windowSize} {
		in := "xxK\x01.K\x02.rest" + strings.Repeat("x", pad)
		calls := 0
		r := NewReader(countReader{strings.NewReader(in), &calls}, int64(len(in)), 2)
		for i := range 2 {
			doc, err := r.Next()
			if err != nil || doc.Value != Value(Int{Small: int64(i + 1)}) || doc.Start != int64(2+3*i) || doc.End != doc.Start+3 {
				t.Errorf("%d: %v %v", i, doc, err)
			}
		}
		if pad == 0 && calls != 1 {
			t.Errorf("%d reads of a small file", calls)
		}
	}
}

type countReader struct {
	io.ReaderAt
	n *int
}

func (c countReader) ReadAt(p []byte, off int64) (int, error) {
	*c.n++
	return c.ReaderAt.ReadAt(p, off)
}

type errReader struct{ err error }

func (e errReader) ReadAt([]byte, int64) (int, error) { return 0, e.err }

// TestReadErrors checks that errors of the reader are returned as they are, and that a
// file shorter than its size is malformed.
func TestReadErrors(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{10, 1 << 20} {
		_, err := Decode(errReader{iotest.ErrTimeout}, size, 0)
		if err != iotest.ErrTimeout {
			t.Errorf("%v, want the reader's error", err)
		}
		if _, err = Decode(strings.NewReader("N."), size, 0); !errors.Is(err, ErrMalformed) {
			t.Errorf("short file: %v", err)
		}
	}
	if _, err := Decode(strings.NewReader("N."), 2, 5); !errors.Is(err, ErrMalformed) {
		t.Errorf("start behind the end: %v", err)
	}
}

// TestRelease checks that files read one after the other into the same memory have the
// values that they have in memory of their own.
func TestRelease(t *testing.T) {
	for _, g := range golden.All(t) {
		if len(g.Data) > windowSize {
			continue
		}
		r := NewReader(bytes.NewReader(g.Data), int64(len(g.Data)), 0)
		for start := int64(0); start < int64(len(g.Data)) && r.read < 2; {
			doc, err := r.Next()
			own, ownErr := Decode(bytes.NewReader(g.Data), int64(len(g.Data)), start)
			if err != nil || ownErr != nil {
				t.Fatalf("%s: %v, %v", g.Name, err, ownErr)
			}
			if !sameValue(doc.Value, own.Value, 0) {
				t.Errorf("%s: pickle at %d has other values", g.Name, start)
			}
			start = doc.End
		}
		r.Release()
	}
}

// sameValue reports whether two values are equal, apart from where strings are stored.
func sameValue(a, b Value, depth int) bool {
	s, ok := a.(*String)
	t, both := b.(*String)
	if ok && both {
		x, _, err1 := s.Text(int(s.Len()))
		y, _, err2 := t.Text(int(t.Len()))
		return err1 == nil && err2 == nil && s.Kind == t.Kind && s.Array == t.Array && bytes.Equal(x, y)
	}
	these, those := AppendChildren(nil, a), AppendChildren(nil, b)
	if reflect.TypeOf(a) != reflect.TypeOf(b) || len(these) != len(those) {
		return false
	}
	if depth > 20 {
		return true // it may contain itself
	}
	if len(these) == 0 {
		return fmt.Sprint(a) == fmt.Sprint(b) // NaN does not equal itself
	}
	for i := range these {
		if !sameValue(these[i], those[i], depth+1) {
			return false
		}
	}
	return true
}

// TestReleaseAllocations checks that a file takes hardly any new memory if that of the
// file before it was released.
func TestReleaseAllocations(t *testing.T) {
	field := strings.Repeat("(U\x04nameU\x05valuet", 30)
	escaped := "S'" + strings.Repeat(`\t`, 300) + "'\np1\n"
	for name, in := range map[string]string{
		"text":   "T\x05\x00\x00\x00text\n.}(U\x08listnameU\x04testU\x07versionK\x03U\x09_parsemsgI01\nu.",
		"parsed": "}(U\x08_headers](" + field + "eU\x08_payloadU\x01xu.}(U\x08listnameU\x04testU\x07versionK\x03u.",
		// Protocol 0, as in the queues of Mailman 2.1.
		"escaped": escaped + ".(dp1\n" + escaped + escaped + "s.",
	} {
		data := strings.NewReader(in)
		read := func() {
			r := NewReader(data, int64(len(in)), 0)
			for range 2 {
				if _, err := r.Next(); err != nil {
					t.Fatal(err)
				}
			}
			r.Release()
		}
		const runs = 100
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		n := testing.AllocsPerRun(runs, read)
		runtime.ReadMemStats(&after)
		if size := (after.TotalAlloc - before.TotalAlloc) / runs; n > 1 || size > 1000 {
			t.Errorf("%s: %v allocations, %d bytes", name, n, size)
		}
	}
}
