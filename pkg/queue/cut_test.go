package queue

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"switchboard/pkg/queue/internal/disk/fakedisk"
)

// moment is the disk at a moment of an operation, and how much the operation
// had told by then.
type moment struct {
	call int
	what string
	disk *fakedisk.Disk
	told int
}

// record runs an operation once and keeps each moment, between two calls, at
// which something had changed.
func record(w *world, run func(*world) error, mutant func(*fakedisk.Disk, fakedisk.Call) fakedisk.Verdict) ([]moment, error) {
	var moments []moment
	calls, version, told := 0, w.disk.Version, 0
	keep := func(what string) {
		w.disk.Mu.Lock()
		defer w.disk.Mu.Unlock()
		if len(moments) == 0 || w.disk.Version != version || len(w.told) != told {
			version, told = w.disk.Version, len(w.told)
			moments = append(moments, moment{calls, what, w.disk.Snapshot(), told})
		}
	}
	w.disk.Hook = func(c fakedisk.Call) fakedisk.Verdict {
		keep("before " + c.Op + " " + c.Object)
		calls++
		if mutant != nil {
			return mutant(w.disk, c)
		}
		return fakedisk.Verdict{}
	}
	err := run(w)
	w.disk.Hook = nil
	keep("at the end")
	return moments, err
}

// cutEverywhere cuts the power at every moment of a scenario and looks at
// everything that the disk may then hold. It returns the first promise that is
// found broken, and how many disks were looked at.
func cutEverywhere(s scenario, mutant func(*fakedisk.Disk, fakedisk.Call) fakedisk.Verdict) (disks int, broken error) {
	w := newWorld()
	s.setup(w)
	moments, err := record(w, s.run, mutant)
	if err != nil {
		return 0, fmt.Errorf("the operation itself: %w", err)
	}
	for i, m := range w.mails {
		if !slices.Equal(m.before, m.after) && !slices.Contains(w.told, i) && !m.quiet {
			return 0, fmt.Errorf("mail %d was not handled", i)
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for _, m := range moments {
		m.disk.Cuts(w.cutLimit(), rng, func(left *fakedisk.Disk) {
			if broken != nil {
				return
			}
			disks++
			after := w.on(left)
			after.told = w.told
			if err := after.check(m.told, false); err != nil {
				broken = fmt.Errorf("power cut at call %d, %s: %w\n%q", m.call, m.what, err, left.Tree())
				return
			}
			// Who was told is served: it is the others that are tried again.
			after.told = nil
			after.served = w.told[:m.told]
			again := s.heal
			if again == nil {
				again = s.run
			}
			err := again(after)
			if broken = after.check(0, true); broken != nil {
				broken = fmt.Errorf("power cut at call %d, %s, then run again (%v): %w\n%q", m.call, m.what, err, broken, left.Tree())
			}
		})
	}
	return disks, broken
}

// killThenCut kills a scenario's process at every moment, runs the operation
// again, and cuts the power in that: nothing may be taken for durable because
// it is there.
func killThenCut(s scenario) error {
	w := newWorld()
	s.setup(w)
	// Of a rename that another run did not sync, this one cannot know.
	w.disk.Split = false
	moments, err := record(w, s.run, nil)
	if err != nil {
		return fmt.Errorf("the operation itself: %w", err)
	}
	run := s.heal
	if run == nil {
		run = s.run
	}
	rng := rand.New(rand.NewPCG(3, 4))
	var broken error
	for _, killed := range moments {
		again := w.on(killed.disk)
		again.told = slices.Clone(w.told[:killed.told])
		again.served = w.told[:killed.told]
		second, _ := record(again, run, nil) // of what was finished it says that it was
		for _, m := range second {
			m.disk.Cuts(1, rng, func(left *fakedisk.Disk) {
				after := w.on(left)
				after.told = again.told
				if err := after.checkKilled(m.told); err != nil && broken == nil {
					broken = fmt.Errorf("killed at call %d, %s, and the power cut at call %d, %s: %w\n%q",
						killed.call, killed.what, m.call, m.what, err, left.Tree())
				}
			})
		}
	}
	return broken
}

// checkKilled is check where the operation had been killed once before: that
// run may have counted, or stored what the sender then tried again.
func (w *world) checkKilled(told int) error {
	twice := *w
	twice.mails = nil
	for _, m := range w.mails {
		n := *m
		n.killed = true
		n.before = slices.Concat(m.before, m.again)
		for _, o := range m.again {
			if o != gone {
				n.before = append(n.before, at(inFlight, o.restores))
				if m.retried {
					n.before = append(n.before, at(ready, o.restores))
				}
			}
		}
		n.after = slices.Concat(m.after, m.again)
		twice.mails = append(twice.mails, &n)
	}
	return twice.check(told, false)
}

// TestKillThenPowerCut is the power cut in the run after a kill.
func TestKillThenPowerCut(t *testing.T) {
	t.Parallel()
	for _, s := range scenarios {
		w := newWorld()
		s.setup(w)
		if w.cutLimit() < 32 {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			if err := killThenCut(s); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// onLinks is the scenario on a disk where a power cut may leave both names of a rename
// between directories; knows says that the system tells that.
func (s scenario) onLinks(knows bool) scenario {
	setup := s.setup
	s.setup = func(w *world) {
		setup(w)
		w.disk.Links, w.disk.Relinks = true, knows
	}
	return s
}

// moves says whether the scenario has an entry go to another queue.
func (s scenario) moves() bool {
	if strings.Contains(s.name, "group and another") {
		return false // as those of one group, and very many
	}
	return strings.HasPrefix(s.name, "preserve") || strings.HasPrefix(s.name, "restore") ||
		strings.HasPrefix(s.name, "release") || strings.Contains(s.name, "shunt") || strings.Contains(s.name, "unreadable")
}

// TestPowerCutLinks cuts the power where a move between directories may be left with
// both its names, which the next run makes one again; and, where the system is known to
// do so, not even that happens.
func TestPowerCutLinks(t *testing.T) {
	t.Parallel()
	for _, s := range scenarios {
		if !s.moves() {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			for _, knows := range []bool{false, true} {
				if _, err := cutEverywhere(s.onLinks(knows), nil); err != nil {
					t.Fatalf("known: %v: %v", knows, err)
				}
			}
		})
	}
}

// TestPowerCut cuts the power after every call of every operation.
func TestPowerCut(t *testing.T) {
	t.Parallel()
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			disks, err := cutEverywhere(s, nil)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d disks", disks)
			if disks < 2 {
				t.Fatal("nothing was cut")
			}
		})
	}
}

// cutLimit is how many disks a moment may have before they are sampled.
func (w *world) cutLimit() int {
	switch {
	case len(w.mails) > 8 || len(w.mails[0].text) > whole:
		return 12
	case testing.Short():
		return 32
	}
	return 128
}
