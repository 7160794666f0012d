package pickle

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
)

// TestMemo compares the memo with a map, for numbers in order, with gaps, and again.
func TestMemo(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for run := range 60 {
		var m memo
		want := map[uint64]Value{}
		next := uint64(run % 2)
		for i := range 3 * memoBlock {
			n := next
			switch random.IntN(50 + 1000*(run%3)) {
			case 0:
				n = random.Uint64N(next + 1)
			case 1:
				n = next + random.Uint64N(3*memoBlock)
			}
			next = max(next, n) + 1
			v := Value(Int{Small: int64(i)})
			m.put(n, v)
			want[n] = v
		}
		if m.count != uint64(len(want)) {
			t.Fatalf("run %d: %d numbers, not %d", run, m.count, len(want))
		}
		for n := range next + 10 {
			if m.get(n) != want[n] {
				t.Fatalf("run %d: number %d is %v, not %v", run, n, m.get(n), want[n])
			}
		}
	}
}

// TestLongSet reads a set and a dictionary in which every key comes twice.
func TestLongSet(t *testing.T) {
	t.Parallel()
	const n = 3000
	set, dict := []byte("\x80\x04\x8f("), []byte("\x80\x04}(")
	for i := range 2 * n {
		key := AppendUnicode(nil, fmt.Sprint(i%n))
		if i%3 == 0 {
			key = AppendInt(nil, int64(i%n))
		}
		set = append(set, key...)
		dict = AppendInt(append(dict, key...), int64(i))
	}
	d, err := Decode(bytes.NewReader(append(set, "\x90."...)), int64(len(set)+2), 0)
	if err != nil {
		t.Fatal(err)
	}
	if got := d.Value.(*Set).Items; len(got) != n {
		t.Errorf("%d items in the set", len(got))
	}
	if d, err = Decode(bytes.NewReader(append(dict, "u."...)), int64(len(dict)+2), 0); err != nil {
		t.Fatal(err)
	}
	pairs := d.Value.(*Dict).Pairs
	if len(pairs) != n {
		t.Fatalf("%d pairs in the dictionary", len(pairs))
	}
	for i, p := range pairs {
		if p.Value.(Int).Small != int64(n+i) {
			t.Fatalf("the value of %v is %v", p.Key, p.Value)
		}
	}
}

// TestLongLists reads 100,000 addresses. What the reader allocates for each, garbage
// included, is little more than the value takes.
func TestLongLists(t *testing.T) { // not parallel: it counts what all allocate
	const n, most = 100_000, 180
	for name, ends := range map[string][3]string{"list": {"]", "(", "e"}, "set": {"\x8f", "(", "\x90"}} {
		data := []byte("\x80\x04" + ends[0] + "\x94")
		for i := range n {
			if i%1000 == 0 {
				data = append(data, ends[1]...)
			}
			data = append(AppendUnicode(data, fmt.Sprintf("user%d@example.org", i)), '\x94')
			if i%1000 == 999 {
				data = append(data, ends[2]...)
			}
		}
		data = append(data, '.')
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		d, err := Decode(bytes.NewReader(data), int64(len(data)), 0)
		runtime.ReadMemStats(&after)
		if err != nil {
			t.Fatal(err)
		}
		each := (after.TotalAlloc - before.TotalAlloc) / n
		t.Logf("%s: %d bytes for each address", name, each)
		if each > most {
			t.Errorf("%s: %d bytes for each address", name, each)
		}
		runtime.KeepAlive(d)
	}
}
