package plan

import (
	"fmt"
	"runtime"
	"testing"

	"switchboard/pkg/message"
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

// TestMemory reads an entry with many recipients and plans it. That must not make a value of
// each address.
func TestMemory(t *testing.T) { // not parallel: it counts what all allocate
	const n, most = 100_000, 80
	var all []any
	for i := range n {
		all = append(all, fmt.Sprintf("member%06d@example.org", i))
	}
	_, data := entryFile(t, message.Mailman3, "Subject: x", object{"recipients": all, "listid": "test.example.com"})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	c, err := readBytes(data)
	if err != nil {
		t.Fatal(err)
	}
	p, err := New(c, "")
	runtime.ReadMemStats(&after)
	if err != nil || p.Len() != n {
		t.Fatalf("%d recipients, %v", p.Len(), err)
	}
	each := (after.TotalAlloc - before.TotalAlloc) / n
	t.Logf("%d bytes for each recipient", each)
	if each > most {
		t.Errorf("%d bytes for each recipient", each)
	}
}
