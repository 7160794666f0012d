package runner

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestPace runs a worker beside disks whose sync takes less and more time than the worker
// needs for as many outcomes as may be untold. On the quicker ones they must work at the same
// time, and on the slower ones a sync must be for many outcomes. Otherwise this takes up to
// twice as long. On the quicker ones, too, a sync must be for nearly all that may be untold.
func TestPace(t *testing.T) {
	t.Parallel()
	const each, n = 125 * time.Microsecond, 64 * fewestUntold
	for _, milliseconds := range []float64{0.1, 1, 2, 3, 5, 20, 50} {
		took := time.Duration(milliseconds * float64(time.Millisecond))
		t.Run(took.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				syncs := 0
				u := newUntold(func() (wait func() error) {
					syncs++
					return func() error {
						time.Sleep(took)
						return nil
					}
				}, 1)
				told, began := 0, time.Now()
				for range n {
					time.Sleep(each)
					u.add(func() { told++ })
					for u.sync(u.full()); u.full() || len(u.ended) > 0; u.sync(u.full()) {
						u.tell(<-u.ended)
					}
				}
				for u.sync(true); u.ended != nil; u.sync(true) {
					u.tell(<-u.ended)
				}
				// In halves, or all of them at once.
				halves := max(2*n/fewestUntold*took, n*each)
				whole := n/fewestUntold*took + n*each
				passed := time.Since(began)
				if most := min(halves, whole) * 110 / 100; passed > most {
					t.Errorf("took %v, more than %v", passed, most)
				}
				meanwhile := int(took/each) + 1
				if most := n/(fewestUntold-min(meanwhile, fewestUntold/2)) + 2; syncs > most {
					t.Errorf("%d syncs, more than %d", syncs, most)
				}
				if told != n {
					t.Errorf("told %d", told)
				}
			})
		})
	}
}
