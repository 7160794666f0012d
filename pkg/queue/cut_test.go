package queue

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"switchboard/pkg/queue/internal/disk/fakedisk"
)

// moment is the disk at one moment of an operation, and how many mails the operation had
// reported as done by then.
type moment struct {
	call int
	what string
	disk *fakedisk.Disk
	told int
}

// record runs an operation once and keeps each moment between two calls at which
// something had changed.
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

// cutEverywhere cuts the power at every moment of a scenario and checks the disks that
// may be left. It returns the number of disks and the first promise that it finds broken.
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
			// Mails reported before the cut are served. Only the others are tried again.
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

// killThenCut kills a scenario's process at every moment, runs the operation again, and
// cuts the power during that second run. The second run must not take anything for
// durable just because it is there.
func killThenCut(s scenario) error {
	w := newWorld()
	s.setup(w)
	// A run cannot know of a rename that an earlier run did not sync.
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
		second, _ := record(again, run, nil) // the error reports what the first run had finished
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

// checkKilled is check for an operation that had been killed once before. The killed run
// may have counted a restore, or stored a message that the sender then tried again.
func (w *world) checkKilled(told int) error {
	twice := *w
	twice.mails = nil
	for _, m := range w.mails {
		n := *m
		n.killed = true
		n.before = slices.Concat(m.before, m.again)
		for _, o := range m.again {
			if o != gone {
				n.before = append(n.before, outcome{inFlight, o.restores, o.noted})
				if m.retried {
					n.before = append(n.before, outcome{ready, o.restores, o.noted})
				}
			}
		}
		n.after = slices.Concat(m.after, m.again)
		twice.mails = append(twice.mails, &n)
	}
	return twice.check(told, false)
}

// TestKillThenPowerCut cuts the power in the run that follows a kill.
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

// onLinks returns the scenario on a disk where a power cut may leave both names of a
// rename between directories. knows says whether the system knows of that.
func (s scenario) onLinks(knows bool) scenario {
	setup := s.setup
	s.setup = func(w *world) {
		setup(w)
		w.disk.Links, w.disk.Relinks = true, knows
	}
	return s
}

// moves says whether an entry goes to another queue in the scenario.
func (s scenario) moves() bool {
	if strings.Contains(s.name, "group and another") {
		return false // like the scenarios of one group, but with very many entries
	}
	return strings.HasPrefix(s.name, "preserve") || strings.HasPrefix(s.name, "move") || strings.HasPrefix(s.name, "restore") ||
		strings.HasPrefix(s.name, "release") || strings.HasPrefix(s.name, "retry") || strings.HasPrefix(s.name, "split") || strings.Contains(s.name, "shunt") || strings.Contains(s.name, "unreadable")
}

// TestPowerCutLinks cuts the power on a disk where a move between directories may be left
// with both names, and checks that the next run completes the move. If the system knows
// of such disks, a cut must not leave both names at all.
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

// cutLimit is how many disks one moment may have before the test takes a sample of them.
func (w *world) cutLimit() int {
	switch {
	case len(w.mails) > 8 || len(w.mails[0].text) > whole:
		return 12
	case testing.Short():
		return 32
	}
	return 128
}
