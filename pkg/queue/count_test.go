package queue

import (
	"syscall"
	"testing"

	"switchboard/pkg/queue/internal/claims"

	"pgregory.net/rapid"
)

// TestCount checks that Count, which skips most names quickly, agrees with List.
func TestCount(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld()
		var want Counts
		n := rapid.Uint64Range(1, 3).Draw(t, "slices")
		s := Slice{rapid.Uint64Range(0, n-1).Draw(t, "slice"), n}
		for range rapid.IntRange(0, 12).Draw(t, "files") {
			id := drawID(t)
			if rapid.Bool().Draw(t, "same second") {
				id = NewID(1700000000+rapid.Float64Range(0, 1).Draw(t, "fraction"), id.Digest())
			}
			state := rapid.SampledFrom([]State{Ready, InFlight, Preserved, Temporary}).Draw(t, "state")
			w.disk.Put("/q/in/"+id.Name(state), nil, 0, 0)
		}
		w.disk.Put("/q/in/foo.pck", nil, 0, 0)
		w.disk.Place("/q/in/"+testID(0).Name(Ready), syscall.S_IFIFO, 0o600, 0, 0)
		w.disk.Put("/q/in/"+lockName, nil, 0, 0)
		w.disk.Put("/q/in/"+claims.Name+"-0-2", nil, 0, 0)
		d, err := w.open("/q/in", Options{})
		must(t, err)
		got, err := d.Count(s)
		must(t, err)
		for _, state := range []State{Ready, InFlight, Preserved, Temporary} {
			list, err := idsOf(d.List(s.Filter(), state))
			must(t, err)
			want.ByState[state] = len(list)
			if len(list) > 0 {
				want.Oldest[state] = list[0].Received()
			}
		}
		want.ByState[Stray] = 2
		if got != want {
			t.Fatalf("counted %v, there are %v", got, want)
		}
	})
}
