package queue

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"switchboard/pkg/message"
)

// scenario is an operation on a queue, for the tests that cut the power and fail calls in
// it. run is the operation as a command would carry it out. After each crash, the tests
// call run again on what the crash left.
type scenario struct {
	name  string
	setup func(*world)
	run   func(*world) error
	// heal, if set, is called after a crash instead of run.
	heal func(*world) error
}

// scenarios has every operation, once for each way that it can take.
var scenarios = []scenario{
	{"enqueue one", func(w *world) {
		w.add(ready, &mail{before: []outcome{at(ready, 0)}, after: []outcome{at(ready, 0)}})
		w.expect(&mail{text: mailText(1)})
	}, enqueue, nil},
	{"enqueue a batch", expectBatch(3), enqueue, nil},
	{"enqueue a big batch", expectBatch(syncTogether + 2), enqueue, nil},
	{"enqueue a big batch in groups", expectBatch(2*syncTogether + 1), enqueueGroups, nil},
	{"enqueue a long message", func(w *world) {
		w.expect(&mail{text: mailText(0) + strings.Repeat("All work and no play.\n", whole/20)})
	}, enqueue, nil},
	{"enqueue a long message while others are flushed", func(w *world) {
		w.expect(&mail{text: mailText(0) + strings.Repeat("All work and no play.\n", whole/10)})
		for n := range 2 {
			w.expect(&mail{text: mailText(n + 1)})
		}
	}, enqueueBeside, nil},
	{"enqueue a message that fills a group", func(w *world) {
		w.expect(&mail{text: mailText(0)})
		w.expect(&mail{text: mailText(1) + strings.Repeat("All work and no play.\n", whole/20)})
		w.expect(&mail{text: mailText(2)})
	}, enqueueLarge, nil},
	{"hand on", handOn(message.Mailman2), runHandOn, nil},
	{"hand on to the other Mailman", handOn(message.Mailman3), runHandOn, nil},
	{"claim", one(ready, &mail{
		before: []outcome{at(ready, 0), at(inFlight, 0)}, after: []outcome{at(ready, 0), at(inFlight, 0)},
	}), claimAll, nil},
	{"claim one that is unreadable", unreadable(ready, preserved), claimAll, claimAndRestore},
	{"claim one that is unreadable, far", unreadable(ready, farAway), claimAll, claimAndRestore},
	{"finish", one(inFlight, &mail{before: []outcome{at(inFlight, 0), gone}, after: []outcome{gone}}), finishAll, nil},
	{"finish three", func(w *world) {
		for range 3 {
			w.add(inFlight, &mail{before: []outcome{at(inFlight, 0), gone}, after: []outcome{gone}})
		}
	}, finishAll, nil},
	{"finish four while syncing", func(w *world) {
		for range 4 {
			w.add(inFlight, &mail{before: []outcome{at(inFlight, 0), gone}, after: []outcome{gone}})
		}
	}, finishWhileSyncing, nil},
	{"requeue", one(inFlight, &mail{
		before: []outcome{at(inFlight, 0), at(ready, 0)}, after: []outcome{at(ready, 0)},
	}), requeueAll, nil},
	{"preserve", preserving(preserved), preserveAll, nil},
	{"preserve, far", preserving(farAway), preserveAll, nil},
	{"preserve, far, and restore", one(inFlight, &mail{
		before: []outcome{at(inFlight, 0), at(farAway, 0)}, after: []outcome{at(farAway, 0)},
		again: []outcome{at(farAway, 0), at(ready, 1)}, double: true,
	}), preserveAll, restoreAll},
	{"preserve a group", preservingGroup(syncTogether+1, preserved), preserveTogether, nil},
	{"preserve a few, far", preservingGroup(3, farAway), preserveTogether, nil},
	{"preserve one that is unreadable, far", unreadable(inFlight, farAway), preserveAll, nil},
	{"restore", restoring1(0), restoreAll, nil},
	{"restore a second time", restoring1(1), restoreAll, nil},
	{"restore a third time", restoring3(preserved, nil), restoreAll, nil},
	{"restore a third time, far", restoring3(farAway, nil), restoreAll, nil},
	{"restore a third time, no bad queue", restoring3(preserved, func(w *world) {
		delete(w.disk.Lookup("/q").Names, "bad")
		delete(w.disk.Lookup("/q").Kept, "bad")
	}), restoreAll, nil},
	{"restore one that is unreadable", unreadable(inFlight, preserved), restoreAll, nil},
	{"restore a group", func(w *world) {
		for n := range syncTogether + 1 {
			w.add(inFlight, restored(n%2, preserved))
		}
	}, restoreAll, nil},
	{"restore a group and another, and others", func(w *world) {
		for n := range 4*smallGroup + 1 {
			kind := 0
			if n%smallGroup == 1 {
				kind = 2
			}
			w.add(inFlight, restored(kind, preserved))
		}
	}, restoreGroups, nil},
	{"restore a group of all kinds", func(w *world) {
		for n := range 4 {
			w.add(inFlight, restored(n%3, preserved))
		}
	}, restoreAll, nil},
	{"restore a hard link", hardLinked(1), restoreAll, nil},
	{"restore a hard link a third time", hardLinked(2), restoreAll, nil},
	{"release", bringing(preserved, nil), releaseAll, nil},
	{"release, far", bringing(farAway, nil), releaseAll, nil},
	{"release a hard link", bringing(preserved, func(w *world) {
		w.disk.Link(preserved.path(w.mails[0].id), "/q/backup")
	}), releaseAll, nil},
	{"release a few", bringingGroup(3, preserved, ready), releaseAll, nil},
	{"release a few, far", bringingGroup(3, farAway, ready), releaseAll, nil},
	{"release a few to two queues", bringingGroup(4, preserved, ready, shunted), releaseAll, nil},
	{"release a group", bringingGroup(syncTogether+1, preserved, ready), releaseAll, nil},
	{"release a group and another, and another", bringingGroup(2*syncTogether+1, preserved, ready), releaseGroups, nil},
	{"shunt", shunting(shunted), shuntAll, nil},
	{"shunt, far", shunting(farShunt), shuntAll, nil},
	{"restore one that was being shunted, far", halfMoved(farShunt), restoreAll, nil},
	{"restore one that was being preserved, far", halfMoved(farAway), restoreAll, nil},
	{"shunt, far, and restore by another way", otherWay(ready, farShunt, at(inFlight, 1)), shuntAll, thenClaim(restoreBare)},
	{"shunt, far, and preserve", otherWay(ready, farShunt, at(preserved, 0)), shuntAll, thenClaim(preserveBare)},
	{"preserve, far, and restore by another way", otherWay(inFlight, farAway, at(ready, 1)), preserveAll, restoreBare},
	{"preserve, far, and requeue", otherWay(inFlight, farAway, at(ready, 0)), preserveAll, requeueAll},
	{"preserve, far, and claim", otherWay(inFlight, farAway, at(inFlight, 0)), preserveAll, requeueByHand},
	{"restore a third time, far, and by another way", func(w *world) {
		m := restored(2, farAway)
		m.again = append(m.again, at(preserved, 3))
		w.add(inFlight, m)
	}, restoreAll, restoreBare},
	{"release, far, and to another queue", func(w *world) {
		m := back(3, farAway, ready)
		m.again = []outcome{at(ready, 0), at(elsewhere, 0)}
		w.add(farAway, m)
	}, releaseAll, releaseElsewhere},
	{"preserve, far, and release the copy and restore", otherWay(inFlight, farAway, at(ready, 1), at(elsewhere, 0)),
		preserveAll, releaseAndRestore},
	{"shunt, far, and claim the copy and restore", otherWay(ready, farShunt, at(ready, 1), at(ready, 0), at(place{"/far/shunt", InFlight}, 0)),
		shuntAll, claimCopyAndRestore},
	{"release the copy of one that was being preserved, far, and restore", halfPreserved, releaseAndRestore, nil},
	{"shunt a hard link", func(w *world) {
		shunting(shunted)(w)
		w.disk.Link(ready.path(w.mails[0].id), "/q/backup")
	}, shuntAll, nil},
	{"note", noting(1), noteAll, nil},
	{"note three times", noting(3), noteAll, nil},
	{"note a hard link", func(w *world) {
		noting(2)(w)
		w.disk.Link(ready.path(w.mails[0].id), "/q/backup")
	}, noteAll, nil},
	{"retry", retrying(later), retryAll, nil},
	{"retry, far", retrying(farLater), retryAll, nil},
	{"retry a hard link", func(w *world) {
		retrying(later)(w)
		w.disk.Link(ready.path(w.mails[0].id), "/q/backup")
	}, retryAll, nil},
	{"retry in the retry queue", retryingInPlace, retryInPlace, nil},
	{"shunt with a note", shuntingNoted, shuntNoted, nil},
	{"split and retry", splitting, splitAndRetry, nil},
	{"notice and finish", noticing, noticeAndFinish, nil},
	{"sweep", func(w *world) {
		w.add(ready, &mail{before: []outcome{at(ready, 0)}, after: []outcome{at(ready, 0)}})
		w.disk.Put("/q/in/"+testID(0).Name(Temporary), []byte("old"), 0, 0)
		w.disk.Put("/q/in/"+testID(1).Name(Temporary), nil, 0, 0)
		w.disk.Sleep(2 * 3600e9)
	}, func(w *world) error {
		d, err := w.open("/q/in", Options{})
		if err != nil {
			return err
		}
		_, err = d.SweepTemporary(3600e9, false)
		return errors.Join(err, d.Close())
	}, nil},
}

func one(p place, m *mail) func(*world) {
	return func(w *world) {
		copied := *m
		w.add(p, &copied)
	}
}

func expectBatch(n int) func(*world) {
	return func(w *world) {
		for i := range n {
			w.expect(&mail{text: mailText(i)})
		}
	}
}

// stored notes that a path was reported as stored.
func (w *world) stored(path string) error {
	if err := present(w, path); err != nil {
		return err
	}
	m, _, err := w.identify(w.disk.Lookup(path))
	if err != nil {
		return fmt.Errorf("%s was told and %w", path, err)
	}
	w.done(slices.Index(w.mails, m))
	return nil
}

// present returns an error if a path that was reported does not exist.
func present(w *world, stored string) error {
	if w.disk.Lookup(stored) == nil {
		return errors.New(stored + " was told and is not there")
	}
	return nil
}

func claimAll(w *world) error { return claimWith(w, Options{Bad: w.bad()}) }

func claimWith(w *world, o Options) error { return claimIn(w, "/q/in", o) }

func claimIn(w *world, queue string, o Options) error {
	if w.disk.Lookup(queue) == nil {
		return nil
	}
	d, err := w.open(queue, o)
	if err != nil {
		return err
	}
	for c, err := range d.Claims(Slice{}, 1) {
		if passedOver(err) {
			continue
		}
		if err != nil {
			return errors.Join(err, d.Close())
		}
		c.Close()
	}
	return errors.Join(d.Sync(), d.Close())
}

// claimAndRestore is what a person does after a crash during a claim. The crash left the
// entry in flight.
func claimAndRestore(w *world) error { return errors.Join(claimAll(w), restoreAll(w)) }

// bad returns the bad queue of a scenario: the far one if a mail may go there.
func (w *world) bad() string {
	for _, m := range w.mails {
		for _, o := range m.before {
			if o.place == farAway {
				return farAway.dir
			}
		}
	}
	return ""
}

// unreadable sets up an entry that cannot be loaded and is preserved.
func unreadable(from, to place) func(*world) {
	return one(from, &mail{
		unreadable: true, quiet: true, file: []byte("U\x04text no pickle"), double: to == farAway,
		before: []outcome{at(from, 0), at(inFlight, 0), at(to, 0)}, after: []outcome{at(to, 0)},
	})
}

// each opens the queue, calls do for every mail, and then syncs.
func each(w *world, o Options, do func(d *Dir, i int, m *mail) (told bool, err error)) error {
	d, err := w.open("/q/in", o)
	if err != nil {
		return err
	}
	var errs []error
	var later []int
	for i, m := range w.mails {
		told, err := do(d, i, m)
		switch {
		case err != nil:
			errs = append(errs, err)
		case told:
			w.done(i)
		default:
			later = append(later, i)
		}
	}
	if err := d.Sync(); err != nil {
		errs = append(errs, err)
	} else {
		w.told = append(w.told, later...)
	}
	return errors.Join(append(errs, d.Close())...)
}

func finishAll(w *world) error {
	return each(w, Options{}, func(d *Dir, _ int, m *mail) (bool, error) { return false, d.Finish(m.id) })
}

// finishWhileSyncing finishes each entry while the one before it is being synced.
func finishWhileSyncing(w *world) error {
	d, err := w.open("/q/in", Options{})
	if err != nil {
		return err
	}
	var errs []error
	wait, syncing := func() error { return nil }, []int(nil)
	ended := func() {
		if err := wait(); err != nil {
			errs = append(errs, err)
		} else {
			w.told = append(w.told, syncing...)
		}
		syncing = nil
	}
	for i, m := range w.mails {
		finished := d.Finish(m.id)
		ended()
		if finished != nil {
			errs = append(errs, finished)
			continue
		}
		wait, syncing = d.StartSync(), []int{i}
	}
	ended()
	return errors.Join(append(errs, d.Close())...)
}

func requeueAll(w *world) error {
	return each(w, Options{}, func(d *Dir, _ int, m *mail) (bool, error) { return false, d.Requeue(m.id) })
}
