package pickle

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
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
