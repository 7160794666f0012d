package queue

import (
	"fmt"
	"testing"

	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/disk/fakedisk"
)

// TestLookCalls checks that looking at an entry takes no system call but those that open,
// read and close its file: not one more for a name that nearly no queue has.
func TestLookCalls(t *testing.T) {
	t.Parallel()
	w := newWorld()
	const entries = 5
	for n := range entries {
		w.disk.Put("/q/in/"+testID(n).Name(Ready), entryFile(message.Mailman2, mailText(n)), 0, 0)
	}
	d, err := w.open("/q/in", Options{})
	must(t, err)
	calls := make(map[string]int)
	w.disk.Hook = func(c fakedisk.Call) (v fakedisk.Verdict) {
		calls[c.Op]++
		return v
	}
	for f, err := range d.Each() {
		must(t, err)
		e, err := d.Read(f.ID, f.State)
		must(t, err)
		if twin, err := d.Twin(e); twin != "" || err != nil || f.Doubled {
			t.Errorf("twin %q, %v", twin, err)
		}
		must(t, e.Close())
	}
	want := map[string]int{"readdir": 2, "open": entries, "stat": entries, "read": entries, "close": entries}
	if fmt.Sprint(calls) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", calls, want)
	}
}

// TestDoubled checks that Each finds the ready entries that are also in flight, in
// whatever order the directory has the names.
func TestDoubled(t *testing.T) {
	t.Parallel()
	for _, inFlight := range []int{2, mostInFlight + 1} {
		w := newWorld()
		for n := range inFlight {
			w.disk.Put("/q/in/"+testID(n).Name(InFlight), nil, 0, 0)
		}
		for _, n := range []int{1, inFlight} {
			w.disk.Put("/q/in/"+testID(n).Name(Ready), nil, 0, 0)
		}
		d, err := w.open("/q/in", Options{})
		must(t, err)
		seen := 0
		for f, err := range d.Each() {
			must(t, err)
			if f.State == Ready {
				seen++
				if also := f.Doubled && d.Has(f.ID, InFlight); also != (f.ID == testID(1)) {
					t.Errorf("of %d in flight: %v also in flight: %v", inFlight, f.ID, also)
				}
			}
		}
		if seen != 2 {
			t.Errorf("%d ready", seen)
		}
	}
}
