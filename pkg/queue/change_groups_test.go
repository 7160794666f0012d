package queue

import (
	"testing"

	"switchboard/pkg/queue/internal/disk"
	"switchboard/pkg/queue/internal/disk/fakedisk"
)

// TestFinishedMeanwhile has a handler finish an entry while it is being restored, and
// checks that this is an error only if the entry was named.
func TestFinishedMeanwhile(t *testing.T) {
	t.Parallel()
	for _, named := range []bool{false, true} {
		w := newWorld()
		w.add(inFlight, restored(0, preserved))
		id := w.mails[0].id
		w.disk.Hook = func(c fakedisk.Call) fakedisk.Verdict {
			if c.Op == "rename" {
				delete(w.disk.Lookup("/q/in").Names, id.Name(InFlight))
			}
			return fakedisk.Verdict{}
		}
		d, err := w.open("/q/in", Options{})
		must(t, err)
		var told []error
		done := func(_ Outcome, err error) { told = append(told, err) }
		if named {
			d.RestoreEntries([]ID{id}, RestoreOptions{}, done)
		} else {
			must(t, d.Restore(RestoreOptions{}, done))
		}
		if want := map[bool]int{true: 1}[named]; len(told) != want {
			t.Errorf("named %v: told %v", named, told)
		}
	}
}

// TestTargetGone removes the directory that an entry is to go to, and checks that this is
// an error, because the entry has not moved.
func TestTargetGone(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.add(inFlight, restored(2, preserved))
	w.disk.Hook = func(c fakedisk.Call) fakedisk.Verdict {
		if c.Op == "rename" {
			return fakedisk.Verdict{Err: disk.ErrNotExist} // as for a directory that was removed
		}
		return fakedisk.Verdict{}
	}
	d, err := w.open("/q/in", Options{})
	must(t, err)
	told := 0
	must(t, d.Restore(RestoreOptions{MaxRestores: DefaultMaxRestores}, func(_ Outcome, err error) {
		if told++; err == nil || err.Error() != "/q/bad: no such queue" {
			t.Errorf("told %v", err)
		}
	}))
	if told != 1 {
		t.Errorf("told of %d entries", told)
	}
}

// TestGroupCost checks that a batch waits for the disk no more often than one entry.
func TestGroupCost(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		what  string
		setup func(n int) func(*world)
		run   func(*world) error
		syncs int
	}{
		// The syncs are of the tail, the flip, the two queues, and the directory that has
		// the bad queue.
		{"preserve", func(n int) func(*world) { return preservingGroup(n, preserved) }, preserveTogether, 5},
		// The syncs are of the tail, the flip, and the two queues.
		{"release", func(n int) func(*world) {
			return func(w *world) {
				for range n {
					w.add(preserved, back(3, preserved, ready))
				}
			}
		}, releaseAll, 4},
	} {
		for _, n := range []int{1, largestGroup} {
			w := newWorld()
			test.setup(n)(w)
			syncs := 0
			w.disk.Hook = func(c fakedisk.Call) fakedisk.Verdict {
				if c.Op == "sync" || c.Op == "syncfs" || c.Op == "syncdir" {
					syncs++
				}
				return fakedisk.Verdict{}
			}
			must(t, test.run(w))
			if syncs != test.syncs {
				t.Errorf("%s %d: %d syncs, not %d", test.what, n, syncs, test.syncs)
			}
		}
	}
}

// TestGroupSize checks that groups cover all entries, that none is larger than allowed,
// and that entries that fit into one group are in one.
func TestGroupSize(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, smallestGroup, largestGroup, largestGroup + 1, 10_000, 1_000_000} {
		groups, last := 0, 0
		for left := n; left > 0; left -= last {
			if last = groupSize(last, left); last < 1 || last > min(left, largestGroup) {
				t.Fatalf("%d of %d left of %d", last, left, n)
			}
			groups++
		}
		if most := n/largestGroup + 8; n <= largestGroup && groups != 1 || groups > most {
			t.Errorf("%d entries in %d groups", n, groups)
		}
	}
}
