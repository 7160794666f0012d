package queue

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"switchboard/pkg/queue/internal/disk"
	"switchboard/pkg/queue/internal/disk/fakedisk"
)

// onNFS returns the scenario on a disk whose renames cannot refuse to replace a file.
func onNFS(s scenario) scenario {
	setup := s.setup
	s.name += ", on NFS"
	s.setup = func(w *world) {
		setup(w)
		w.disk.NFS = true
	}
	return s
}

func init() {
	for _, name := range []string{
		"enqueue one", "claim", "claim one that is unreadable", "requeue", "preserve", "restore",
		"restore a third time, far", "restore a hard link", "release", "shunt",
	} {
		i := slices.IndexFunc(scenarios, func(s scenario) bool { return s.name == name })
		scenarios = append(scenarios, onNFS(scenarios[i]))
	}
}

// racesOnNFS returns the races in which processes want the same entry. No race has two
// files with one name, so no operation may report a conflict. A process gives up after a
// while if it cannot get the lock of renames because its holder does nothing. So these
// races need not have exactly one winner.
func racesOnNFS() []race {
	var all []race
	for _, name := range []string{
		"claim and claim", "claim and restore", "restore and restore", "restore and restore, the last time",
		"finish and requeue", "preserve and preserve", "preserve and restore", "release and release",
		"shunt and restore", "enqueue and claim",
	} {
		all = append(all, raceOnNFS(name, false))
	}
	for _, name := range []string{
		"claim and claim", "finish and restore", "finish and preserve", "discard and claim", "discard and discard", "move and discard",
	} {
		all = append(all, raceOnNFS(name, true))
	}
	return all
}

// raceOnNFS returns a race on NFS, and on NFS 3 if old is set.
func raceOnNFS(name string, old bool) race {
	r := races[slices.IndexFunc(races, func(r race) bool { return r.name == name })]
	setup := r.setup
	r.setup = func(w *world) {
		setup(w)
		w.disk.NFS, w.disk.NFS3 = true, old
		for _, m := range w.mails {
			// An operation that gave up left the mail where it was.
			if m.file != nil {
				m.after = append(slices.Clone(m.after), gaveUp(m, w)...)
			}
		}
	}
	r.right = func(a, b error) error {
		for _, err := range []error{a, b} {
			if errors.Is(err, ErrConflict) {
				return fmt.Errorf("an invented conflict: %w", err)
			}
			if errors.Is(err, disk.ErrStale) {
				return fmt.Errorf("a finished entry is an error: %w", err)
			}
		}
		return nil
	}
	if old {
		r.name += ", NFS 3"
	}
	return r
}

// gaveUp returns where a mail may be if the process that was to move it gave up.
func gaveUp(m *mail, w *world) (more []outcome) {
	for _, p := range []place{ready, inFlight, preserved} {
		if w.disk.Lookup(p.path(m.id)) != nil {
			more = append(more, at(p, m.restores))
			if p == inFlight {
				more = append(more, at(p, m.restores+1))
			}
		}
	}
	return more
}

// TestRacesOnNFS runs TestRaces with the rename that takes a lock.
func TestRacesOnNFS(t *testing.T) {
	t.Parallel()
	for _, r := range racesOnNFS() {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			ways, err := r.explore()
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d ways", ways)
			if ways < 50 {
				t.Error("nothing was interleaved")
			}
		})
	}
}

// twoToOneName returns a race of two different entries with one name. Each process moves
// one of them to the same place, so one of the entries must stay where it is.
func twoToOneName() race {
	take := func(from place) func(*world) error {
		return func(w *world) error {
			to, err := w.open("/q/in", Options{})
			if err != nil {
				return err
			}
			d, err := w.open(from.dir, Options{})
			if err != nil {
				return err
			}
			return d.move(testID(0), from.state, to, Ready)
		}
	}
	return race{
		name: "two to one name",
		setup: func(w *world) {
			w.disk.NFS = true
			for i, p := range []place{preserved, shunted} {
				if w.disk.Lookup(p.dir) == nil {
					w.disk.Mkdir(p.dir, listUID, listGID)
				}
				m := &mail{text: mailText(i), after: []outcome{at(p, 0), at(ready, 0)}}
				w.add(p, m)
				if i > 0 { // it has the first one's name
					delete(w.disk.Lookup(p.dir).Names, m.id.Name(p.state))
					delete(w.disk.Lookup(p.dir).Kept, m.id.Name(p.state))
					m.id = testID(0)
					w.disk.Put(p.path(m.id), m.file, listUID, listGID)
				}
			}
		},
		a: take(preserved), b: take(shunted),
	}
}

// TestNothingReplaced checks that both entries are there afterwards, whichever process was
// faster, on disks with and without hard links. It also checks that the test notices a
// lock that keeps nobody out.
func TestNothingReplaced(t *testing.T) {
	t.Parallel()
	r := twoToOneName()
	if ways, err := r.explore(); err != nil || ways < 50 {
		t.Errorf("%d ways: %v", ways, err)
	}
	r.mutant = func(_ *fakedisk.Disk, c fakedisk.Call) fakedisk.Verdict {
		return fakedisk.Verdict{Pretend: c.Op == "lock"}
	}
	if _, err := r.explore(); err == nil {
		t.Error("nobody noticed that the lock keeps nobody out")
	}
	r = twoToOneName()
	setup := r.setup
	r.setup = func(w *world) {
		setup(w)
		w.disk.NoLinks = true
	}
	if ways, err := r.explore(); err != nil || ways < 50 {
		t.Errorf("without links, %d ways: %v", ways, err)
	}
}

// TestStaleNames checks that a process that has the lock does not rely on its machine's
// cache of names.
func TestStaleNames(t *testing.T) {
	t.Parallel()
	for _, believed := range []bool{false, true} {
		w := newWorld()
		w.add(inFlight, &mail{})
		w.disk.NFS = true
		first, second := w.on(w.disk), w.on(w.disk)
		second.sys.ID = 2
		d, err := second.open("/q/in", Options{})
		must(t, err)
		// The second machine has looked at both names.
		if d.Has(testID(0), Ready) || !d.Has(testID(0), InFlight) {
			t.Fatal("not in flight")
		}
		must(t, restoreAll(first))
		w.disk.Hook = func(c fakedisk.Call) fakedisk.Verdict { return fakedisk.Verdict{Pretend: believed && c.Op == "relook"} }
		d.RestoreEntries([]ID{testID(0)}, RestoreOptions{}, func(_ Outcome, failed error) { err = failed })
		w.disk.Hook = nil
		all, broken := w.find()
		must(t, broken)
		if got := all[w.mails[0]]; believed != (len(got) != 1 || got[0].outcome != at(ready, 1)) {
			t.Errorf("with its cache believed (%v): %v, %v", believed, got, err)
		}
	}
}

// TestStaleConflict checks that a claim is not a conflict because the kernel's cache still has the
// name that the entry had when it was in flight.
func TestStaleConflict(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.add(inFlight, &mail{})
	w.disk.NFS = true
	first, second := w.on(w.disk), w.on(w.disk)
	second.sys.ID = 2
	d, err := second.open("/q/in", Options{})
	must(t, err)
	if !d.Has(testID(0), InFlight) {
		t.Fatal("not in flight")
	}
	must(t, restoreAll(first))
	c, err := d.Dequeue(testID(0))
	must(t, err)
	must(t, c.Close())
}

// TestMovedAndBack has an entry claimed and requeued by a process that takes no lock, just between the
// looks of another one at its two names. That one has lost a race, and there is no conflict.
func TestMovedAndBack(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.add(ready, &mail{})
	w.disk.NFS = true
	first, second := w.on(w.disk), w.on(w.disk)
	second.sys.ID = 2
	d, err := first.open("/q/in", Options{})
	must(t, err)
	other, err := second.open("/q/in", Options{})
	must(t, err)
	names := [2]string{testID(0).Name(Ready), testID(0).Name(InFlight)}
	moved := 0
	w.disk.Hook = func(c fakedisk.Call) (v fakedisk.Verdict) {
		// Each time the name that is looked at is the one that the file has.
		if looked := c.Process == 1 && c.Op == "relook" && c.Object == "/q/in/"+names[(moved+1)%2]; looked {
			must(t, other.dir.Replace(names[moved%2], other.dir, names[(moved+1)%2]))
			moved++
		}
		return v
	}
	_, err = d.Dequeue(testID(0))
	w.disk.Hook = nil
	if moved < 2 || !errors.Is(err, ErrState) {
		t.Errorf("moved %d times: %v", moved, err)
	}
}

// TestRenameLockedForReal renames under the lock in a real directory.
func TestRenameLockedForReal(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{}, Ready, Ready)
	a, b := testID(0).Name(Ready), testID(1).Name(Ready)
	if err := d.renameLocked(a, d, b); err != disk.ErrExist {
		t.Errorf("over another: %v", err)
	}
	if err := d.renameLocked("x", d, b); err != disk.ErrNotExist {
		t.Errorf("of nothing: %v", err)
	}
	must(t, d.renameLocked(a, d, testID(0).Name(InFlight)))
	expectNames(t, d.Path(), "a.bak b.pck "+namesLockName)
	for range 2 { // the lock must be released in between
		unlock, err := d.lockNames()
		must(t, err)
		unlock()
	}
	self, err := d.dir.Self()
	must(t, err)
	if locked, err := self.Lock(); !locked || err != nil {
		t.Errorf("the directory's own lock: %v, %v", locked, err)
	}
	must(t, self.Unlock())
	must(t, self.Close())
	must(t, d.Close())
}
