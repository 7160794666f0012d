package queue

import (
	"errors"
	"testing"
)

// discard discards one entry.
func discard(d *Dir, id ID, o DiscardOptions) (failed error) {
	d.Discard([]ID{id}, o, func(_ Outcome, err error) { failed = err })
	return failed
}

func TestDiscard(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{}, Ready, InFlight, Preserved, Ready)
	must(t, discard(d, testID(0), DiscardOptions{From: Ready, DryRun: true}))
	expectNames(t, d.Path(), "a.pck b.bak c.psv d.pck")
	must(t, discard(d, testID(0), DiscardOptions{From: Ready}))
	must(t, discard(d, testID(2), DiscardOptions{From: Preserved}))
	for n := range 3 {
		if err := discard(d, testID(n), DiscardOptions{From: Ready}); !errors.Is(err, ErrState) {
			t.Errorf("entry %d: %v", n, err)
		}
	}
	expectNames(t, d.Path(), "b.bak d.pck")
}
