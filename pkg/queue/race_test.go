package queue

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"switchboard/pkg/queue/internal/disk/fakedisk"
)

// race is two operations of two processes on one queue. The test runs it in every way in
// which one operation is interrupted once, at any call, for any part of the other: a runs
// i calls, b runs j calls, a runs to its end, and then b does.
type race struct {
	name  string
	setup func(*world)
	a, b  func(*world) error
	// right returns an error if the two operations returned something wrong.
	right func(a, b error) error
	// mutant is a mistake that the test must notice.
	mutant func(*fakedisk.Disk, fakedisk.Call) fakedisk.Verdict
}

var races = []race{
	{"claim and claim", one(ready, &mail{after: []outcome{at(inFlight, 0)}}),
		claimAndHold, claimAndHold, oneSucceeds, nil},
	{"claim and claim, of two", func(w *world) {
		for range 2 {
			w.add(ready, &mail{after: []outcome{at(inFlight, 0)}})
		}
	}, claimAndHold, claimAndHold, bothSucceed, nil},
	{"claim and restore", one(ready, &mail{after: []outcome{at(inFlight, 0)}}),
		claimAndHold, restoreAll, firstSucceeds, nil},
	{"claim by name and restore", one(ready, &mail{after: []outcome{at(inFlight, 0)}}),
		dequeueAndHold, restoreAll, firstSucceeds, nil},
	// A claim may find its file replaced by the copy that is about to be preserved. It
	// then requeues the entry.
	{"claim and preserve", one(ready, &mail{after: []outcome{at(inFlight, 0), at(preserved, 0), at(ready, 0)}}),
		claimAndHold, preserveAll, nil, nil},
	{"claim and unreadable", unreadable(ready, preserved), claimAll, claimAll, bothSucceed, nil},
	{"restore and restore", one(inFlight, &mail{after: []outcome{at(ready, 1)}}),
		restoreAll, restoreAll, nil, nil},
	{"restore and restore, the last time", one(inFlight, &mail{restores: 2, after: []outcome{at(preserved, 3)}}),
		restoreAll, restoreAll, nil, nil},
	{"restore and restore, far", func(w *world) {
		w.add(inFlight, &mail{restores: 2, double: true, before: []outcome{at(farAway, 3)}, after: []outcome{at(farAway, 3)}})
	}, restoreAll, restoreAll, nil, nil},
	{"restore and restore of a hard link", func(w *world) {
		w.add(inFlight, &mail{after: []outcome{at(ready, 1)}})
		w.disk.Link(inFlight.path(w.mails[0].id), "/q/backup")
	}, restoreAll, restoreAll, nil, nil},
	{"finish and finish", one(inFlight, &mail{after: []outcome{gone}}), finishAll, finishAll, oneSucceeds, nil},
	{"finish and requeue", one(inFlight, &mail{after: []outcome{gone, at(ready, 0)}}),
		finishAll, requeueAll, oneSucceeds, nil},
	{"finish and restore", one(inFlight, &mail{after: []outcome{gone, at(ready, 1)}}),
		finishAll, restoreAll, nil, nil},
	{"finish and preserve", one(inFlight, &mail{after: []outcome{gone, at(preserved, 0)}}),
		finishAll, preserveAll, oneSucceeds, nil},
	{"preserve and preserve", one(inFlight, &mail{after: []outcome{at(preserved, 0)}}),
		preserveAll, preserveAll, atLeastOne, nil},
	{"preserve and preserve, far", func(w *world) {
		w.add(inFlight, &mail{double: true, before: []outcome{at(farAway, 0)}, after: []outcome{at(farAway, 0)}})
	}, preserveAll, preserveAll, atLeastOne, nil},
	{"preserve and restore", one(inFlight, &mail{after: []outcome{at(preserved, 0), at(preserved, 1), at(ready, 0), at(ready, 1)}}),
		preserveAll, restoreAll, nil, nil},
	{"read and restore", one(inFlight, &mail{after: []outcome{at(ready, 1)}}), readAny, restoreAll, nil, nil},
	{"read and restore, the last time", one(inFlight, &mail{restores: 2, after: []outcome{at(preserved, 3)}}),
		readAny, restoreAll, nil, nil},
	{"read and preserve", one(inFlight, &mail{after: []outcome{at(preserved, 0)}}), readAny, preserveAll, nil, nil},
	{"read and shunt", one(ready, &mail{after: []outcome{at(shunted, 0)}}), readAny, shuntAll, nil, nil},
	{"release and release", one(preserved, &mail{restores: 3, after: []outcome{at(ready, 0)}}),
		releaseAll, releaseAll, oneSucceeds, nil},
	{"release and claim", one(preserved, &mail{restores: 3, after: []outcome{at(ready, 0), at(inFlight, 0)}}),
		releaseAll, claimAndHold, firstSucceeds, nil},
	{"shunt and restore", one(ready, &mail{after: []outcome{at(shunted, 0)}}),
		shuntAll, restoreAll, firstSucceeds, nil},
	{"shunt and restore, far", func(w *world) {
		w.add(ready, &mail{double: true, before: []outcome{at(farShunt, 0)}, after: []outcome{at(farShunt, 0)}})
	}, shuntAll, restoreAll, firstSucceeds, nil},
	{"shunt and shunt", one(ready, &mail{after: []outcome{at(shunted, 0)}}),
		shuntAll, shuntAll, atLeastOne, nil},
	{"shunt and preserve", one(ready, &mail{after: []outcome{at(shunted, 0), at(preserved, 0), at(ready, 0)}}),
		shuntAll, preserveAll, nil, nil},
	// The claim is closed after its last note, and the entry may then be restored.
	{"note and restore", one(ready, &mail{after: []outcome{{inFlight, 0, 2}, {ready, 1, 2}}}),
		noteAll, restoreAll, firstSucceeds, nil},
	{"note and restore, a hard link", func(w *world) {
		w.add(ready, &mail{after: []outcome{{inFlight, 0, 2}, {ready, 1, 2}}})
		w.disk.Link(ready.path(w.mails[0].id), "/q/backup")
	}, noteAll, restoreAll, firstSucceeds, nil},
	{"note and preserve", one(ready, &mail{after: slices.Concat(
		[]outcome{{inFlight, 0, 2}}, span([2]int{}, [2]int{0, 2}, preserved, ready))}), noteAll, preserveAll, nil, nil},
	{"retry and restore", one(ready, &mail{after: []outcome{{later, 0, 1}}}),
		retryAll, restoreAll, firstSucceeds, nil},
	{"retry and restore, far", func(w *world) {
		w.add(ready, &mail{double: true, before: []outcome{{farLater, 0, 1}}, after: []outcome{{farLater, 0, 1}}})
	}, retryAll, restoreAll, firstSucceeds, nil},
	{"retry and retry", one(ready, &mail{after: []outcome{{later, 0, 1}}}), retryAll, retryAll, atLeastOne, nil},
	{"split and split", splitting, splitAndRetry, splitAndRetry, atLeastOne, nil},
	{"notice and notice", noticing, noticeAndFinish, noticeAndFinish, atLeastOne, nil},
	{"move and claim", one(ready, &mail{after: []outcome{at(hold, 0), at(inFlight, 0)}}),
		moveTo(ready, hold), claimAndHold, oneSucceeds, nil},
	{"move and claim by name", one(ready, &mail{after: []outcome{at(hold, 0), at(inFlight, 0)}}),
		moveTo(ready, hold), dequeueAndHold, oneSucceeds, nil},
	{"move and move", one(ready, &mail{after: []outcome{at(hold, 0)}}),
		moveTo(ready, hold), moveTo(ready, hold), oneSucceeds, nil},
	{"move and move elsewhere", one(ready, &mail{after: []outcome{at(hold, 0), at(shunted, 0)}}),
		moveTo(ready, hold), moveTo(ready, shunted), oneSucceeds, nil},
	{"move and release", one(preserved, &mail{restores: 3, after: []outcome{at(ready, 0), at(hold, 0)}}),
		moveTo(preserved, hold), releaseAll, oneSucceeds, nil},
	{"move and discard", one(ready, &mail{after: []outcome{at(hold, 0), gone}}),
		moveTo(ready, hold), discardFrom(ready), oneSucceeds, nil},
	{"move, far, and claim", func(w *world) {
		w.disk.Mkdir("/far/hold", listUID, listGID)
		w.add(ready, &mail{double: true, before: []outcome{at(farHold, 0)}, after: []outcome{at(farHold, 0), at(inFlight, 0)}})
	}, moveTo(ready, farHold), claimAndHold, oneSucceeds, nil},
	{"move, far, and move", func(w *world) {
		w.disk.Mkdir("/far/hold", listUID, listGID)
		w.add(ready, &mail{double: true, before: []outcome{at(farHold, 0)}, after: []outcome{at(farHold, 0), at(hold, 0)}})
	}, moveTo(ready, farHold), moveTo(ready, hold), oneSucceeds, nil},
	{"move, far, and restore", func(w *world) {
		w.disk.Mkdir("/far/hold", listUID, listGID)
		w.add(ready, &mail{double: true, before: []outcome{at(farHold, 0)}, after: []outcome{at(farHold, 0)}})
	}, moveTo(ready, farHold), restoreAll, firstSucceeds, nil},
	{"move to a new queue and lock that", one(ready, &mail{after: []outcome{at(hold, 0)}}),
		moveTo(ready, hold), lockHold, bothSucceed, nil},
	{"move to a new queue and move to it", func(w *world) {
		w.add(ready, &mail{after: []outcome{at(hold, 0)}})
		w.add(preserved, &mail{after: []outcome{at(hold, 0)}})
	}, moveTo(ready, hold), moveTo(preserved, hold), nil, nil},
	{"discard and claim", one(ready, &mail{after: []outcome{gone, at(inFlight, 0)}}),
		discardFrom(ready), claimAndHold, oneSucceeds, nil},
	{"discard and discard", one(ready, &mail{after: []outcome{gone}}),
		discardFrom(ready), discardFrom(ready), oneSucceeds, nil},
	{"enqueue and claim", func(w *world) {
		w.expect(&mail{text: mailText(0)})
		w.mails[0].after = []outcome{at(ready, 0), at(inFlight, 0)}
	}, enqueueAny, claimAndHold, firstSucceeds, nil},
	{"enqueue and sweep", func(w *world) { w.expect(&mail{text: mailText(0)}) }, enqueue, sweepAll, bothSucceed, nil},
	{"long enqueue and sweep", func(w *world) {
		w.expect(&mail{text: mailText(0) + strings.Repeat("x", whole)})
	}, enqueue, sweepAll, bothSucceed, nil},
}

func bothSucceed(a, b error) error   { return errors.Join(a, b) }
func firstSucceeds(a, _ error) error { return a }

func atLeastOne(a, b error) error {
	if a != nil && b != nil {
		return fmt.Errorf("both failed: %w, %w", a, b)
	}
	return nil
}

func oneSucceeds(a, b error) error {
	if (a == nil) == (b == nil) {
		return fmt.Errorf("the one returned %v, the other %v", a, b)
	}
	return nil
}

// claimAndHold claims one entry and keeps it locked, as a handler does.
func claimAndHold(w *world) error {
	d, err := w.open("/q/in", Options{})
	if err != nil {
		return err
	}
	for _, err := range d.Claims(Slice{}, 1) {
		if !passedOver(err) {
			return err
		}
	}
	return io.EOF
}

func dequeueAndHold(w *world) error {
	d, err := w.open("/q/in", Options{})
	if err != nil {
		return err
	}
	_, err = d.Dequeue(w.mails[0].id)
	return err
}

// readAny reads one entry without a lock, in whatever state it is.
func readAny(w *world) error {
	d, err := w.open("/q/in", Options{})
	if err != nil {
		return err
	}
	for _, s := range []State{Ready, InFlight} {
		e, err := d.Read(w.mails[0].id, s)
		if e != nil {
			err = errors.Join(err, e.Close())
		}
		if err != nil && !errors.Is(err, ErrState) {
			return err
		}
	}
	return nil
}

// lockHold locks the queue hold, if it is there, as qrun does, and checks whose the lock file is.
func lockHold(w *world) error {
	d, err := w.open(hold.dir, Options{})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = errors.Join(d.LockSlice(Slice{}, true), d.Close())
	}
	if err != nil {
		return err
	}
	w.disk.Mu.Lock()
	defer w.disk.Mu.Unlock()
	if lock := w.disk.Lookup(hold.dir + "/" + lockName); lock.UID != listUID || lock.GID != listGID {
		return fmt.Errorf("%s is of %d:%d", lock.Path, lock.UID, lock.GID)
	}
	return nil
}

// enqueueAny is like enqueue, but another process may claim the entry before it is
// reported as stored.
func enqueueAny(w *world) error {
	d, err := w.open("/q/in", Options{})
	if err != nil {
		return err
	}
	b := d.NewBatch(func(string) error { return nil })
	if err := text(w.mails[0].text)(b); err != nil {
		return err
	}
	return b.Flush()
}

func sweepAll(w *world) error {
	d, err := w.open("/q/in", Options{})
	if err != nil {
		return err
	}
	_, err = d.SweepTemporary(0, false)
	return err
}

// runner lets an operation make one call after the other.
type runner struct {
	step, ready chan bool
	err         error
}

func start(w *world, op func(*world) error) *runner {
	r := &runner{step: make(chan bool), ready: make(chan bool)}
	go func() {
		<-r.step
		r.err = op(w)
		close(r.ready)
	}()
	return r
}

// run lets the operation make n calls, or all of them if n < 0, and says whether it has
// ended.
func (r *runner) run(n int) bool {
	for ; n != 0; n-- {
		select {
		case r.step <- true:
			if _, more := <-r.ready; !more {
				return true
			}
		case <-r.ready:
			return true
		}
	}
	return false
}

// interleave runs a race, and says whether each of the two ended within its first calls.
func (r race) interleave(i, j int) (aEnded, bEnded bool, broken error) {
	w := newWorld()
	w.disk.Split = false
	r.setup(w)
	first, second := w.on(w.disk), w.on(w.disk)
	second.sys.ID = 2
	a, b := start(first, r.a), start(second, r.b)
	w.disk.Hook = func(c fakedisk.Call) fakedisk.Verdict {
		mine := a
		if c.Process == 2 {
			mine = b
		}
		mine.ready <- true
		<-mine.step
		if r.mutant != nil {
			return r.mutant(w.disk, c)
		}
		return fakedisk.Verdict{}
	}
	aEnded, bEnded = a.run(i), b.run(j)
	a.run(-1)
	midway := w.whole() // as if b were killed now
	b.run(-1)
	w.disk.Hook = nil
	if midway != nil {
		return aEnded, bEnded, fmt.Errorf("after a had ended (%v): %w", a.err, midway)
	}
	told := fmt.Sprintf("a: %v, b: %v\n%q", a.err, b.err, w.disk.Tree())
	if r.right != nil {
		if err := r.right(a.err, b.err); err != nil {
			return aEnded, bEnded, fmt.Errorf("%w\n%s", err, told)
		}
	}
	for _, err := range []error{a.err, b.err} {
		if err != nil && err != io.EOF && !errors.Is(err, ErrState) && !errors.Is(err, ErrBusy) && !errors.Is(err, ErrConflict) {
			return aEnded, bEnded, fmt.Errorf("no error for a race: %s", told)
		}
	}
	for m := range w.mails {
		w.told = append(w.told, m)
	}
	if err := w.check(len(w.told), false); err != nil {
		return aEnded, bEnded, fmt.Errorf("%w\n%s", err, told)
	}
	if debris := w.temporary() + w.unfinished(); debris != "" {
		return aEnded, bEnded, fmt.Errorf("debris: %s\n%s", debris, told)
	}
	return aEnded, bEnded, nil
}

// explore runs a race in every way, and returns the number of ways.
func (r race) explore() (ways int, broken error) {
	swapped := r
	swapped.a, swapped.b, swapped.right = r.b, r.a, nil
	for _, twin := range []race{r, swapped} {
		for i, aEnded := 0, false; !aEnded; i++ {
			for j, bEnded := 0, false; !bEnded; j++ {
				var err error
				if aEnded, bEnded, err = twin.interleave(i, j); err != nil {
					return ways, fmt.Errorf("%d and %d calls: %w", i, j, err)
				}
				ways++
			}
		}
	}
	return ways, nil
}

func TestRaces(t *testing.T) {
	t.Parallel()
	for _, r := range races {
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

// TestRaceMutants checks that TestRaces can fail: it notices locks that keep nobody out.
func TestRaceMutants(t *testing.T) {
	t.Parallel()
	for _, r := range races {
		r.mutant = func(_ *fakedisk.Disk, c fakedisk.Call) fakedisk.Verdict {
			return fakedisk.Verdict{Pretend: c.Op == "lock"}
		}
		if ways, err := r.explore(); err != nil {
			t.Logf("%s, after %d ways: %.200s", r.name, ways, err)
			return
		}
	}
	t.Fatal("nobody noticed")
}
