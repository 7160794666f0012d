package pickle

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"weak"
)

// TestContinueFrees changes a dictionary's long list again and again. Only the last one stays in
// memory.
func TestContinueFrees(t *testing.T) {
	t.Parallel()
	list := func(n int) []byte {
		l := NewListAppender(AppendByteString(nil, "recips"))
		for i := range packLeast / 32 {
			l.Out = AppendByteString(l.Next(), fmt.Sprintf("%d%d%s", n, i, strings.Repeat("x", 32)))
		}
		return AppendStop(AppendSetItem(l.End()))
	}
	file := AppendDict(nil)
	r := NewReader(nil, 0, 0)
	var dict *Dict
	var old []weak.Pointer[Texts]
	for n := range 4 {
		at := int64(len(file)) - 1
		file = append(file[:max(at, 1)], list(n)...)
		r.src.r, r.src.size = bytes.NewReader(file), int64(len(file))
		if n == 0 {
			r.Pack()
			doc, err := r.Next()
			if err != nil {
				t.Fatal(err)
			}
			dict = doc.Value.(*Dict)
		} else if _, err := r.Continue(dict, at, int64(len(file))); err != nil {
			t.Fatal(err)
		}
		if n > 0 { // the first list is in the memory of the Reader
			old = append(old, weak.Make(dict.Get("recips").(*List).Items[0].(*Texts)))
		}
	}
	runtime.GC()
	for i, texts := range old {
		if last := i == len(old)-1; (texts.Value() != nil) != last {
			t.Errorf("list %d: %v", i+1, texts.Value() != nil)
		}
	}
	runtime.KeepAlive(dict)
	runtime.KeepAlive(r)
}
