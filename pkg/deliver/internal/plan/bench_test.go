package plan

import (
	"fmt"
	"testing"
)

// BenchmarkNew plans an entry with 100,000 recipients. The table of repeats is all that it
// takes.
func BenchmarkNew(b *testing.B) {
	var all []any
	for i := range 100_000 {
		all = append(all, fmt.Sprintf("member%06d@department%d.example.org", i, i%97))
	}
	c := mm3(b, object{"recipients": all})
	b.ReportAllocs()
	for b.Loop() {
		if p, err := New(c, ""); err != nil || p.Len() != len(all) {
			b.Fatal(err)
		}
	}
}

// TestMemory plans as the benchmark does, and checks that nothing is copied.
func TestMemory(t *testing.T) { // not parallel: it counts allocations
	var all []any
	for i := range 10_000 {
		all = append(all, fmt.Sprintf("member%06d@department%d.example.org", i, i%97))
	}
	c := mm3(t, object{"recipients": all})
	n := testing.AllocsPerRun(1, func() {
		if _, err := New(c, ""); err != nil {
			t.Error(err)
		}
	})
	if n > 100 {
		t.Errorf("%v allocations", n)
	}
}
