package queue

import (
	"errors"
	"path"

	"switchboard/pkg/message"
)

// shunting sets up a ready entry that a runner will shunt.
func shunting(to place) func(*world) {
	return one(ready, &mail{
		before: []outcome{at(ready, 0), at(inFlight, 0), at(to, 0)}, after: []outcome{at(to, 0)},
		// After a crash the entry is restored, and then tried and shunted again.
		again: []outcome{at(to, 0), at(to, 1), at(to, 2)}, double: to == farShunt, retried: true,
	})
}

// otherWay sets up an entry that moves from one filesystem to another. After a crash, a
// command without the options that name the other filesystem handles it. more has the
// additional outcomes of that command if the crash came early.
func otherWay(from, to place, more ...outcome) func(*world) {
	return one(from, &mail{
		before: []outcome{at(from, 0), at(inFlight, 0), at(to, 0)}, after: []outcome{at(to, 0)},
		again: append([]outcome{at(inFlight, 0), at(to, 0)}, more...), double: true, retried: true,
	})
}

// thenClaim runs heal, and then claims all ready entries: a power cut may have undone the
// first claim.
func thenClaim(heal func(*world) error) func(*world) error {
	return func(w *world) error { return errors.Join(heal(w), claimAll(w)) }
}

// restoreBare restores without the options that name other bad and shunt queues.
func restoreBare(w *world) error {
	return bare(w, func(d *Dir, done func(Outcome, error)) error {
		return d.Restore(RestoreOptions{MaxRestores: DefaultMaxRestores}, done)
	})
}

// preserveBare preserves all entries in flight, in the bad queue next to the queue.
func preserveBare(w *world) error {
	return bare(w, func(d *Dir, done func(Outcome, error)) error {
		ids, err := idsOf(d.List(nil, InFlight))
		d.PreserveEntries(ids, done)
		return err
	})
}

func bare(w *world, do func(*Dir, func(Outcome, error)) error) error {
	d, err := w.open("/q/in", Options{})
	if err != nil {
		return err
	}
	var errs []error
	err = do(d, func(r Outcome, err error) {
		if err == nil {
			err = present(w, path.Clean(r.To))
		}
		errs = append(errs, err)
	})
	return errors.Join(append(errs, err, d.Close())...)
}

// requeueByHand renames all entries in flight, as a person might, and claims them.
func requeueByHand(w *world) error {
	in := w.disk.Lookup("/q/in")
	for _, m := range w.mails {
		if n := in.Names[m.id.Name(InFlight)]; n != nil {
			delete(in.Names, m.id.Name(InFlight))
			in.Names[m.id.Name(Ready)] = n
		}
	}
	return claimWith(w, Options{})
}

// elsewhere is the queue that releaseElsewhere releases to.
var elsewhere = place{"/q/bad", Ready}

// releaseAndRestore releases the entries of the far bad queue to a queue that is not their
// origin, and then restores: a released entry must not come back.
func releaseAndRestore(w *world) error { return errors.Join(releaseElsewhere(w), restoreBare(w)) }

// claimCopyAndRestore claims the entries of the far shunt queue, and then restores.
func claimCopyAndRestore(w *world) error {
	return errors.Join(claimIn(w, farShunt.dir, Options{}), restoreBare(w))
}

// halfPreserved sets up an entry in flight that already has a copy in the far bad queue,
// with the note of where the copy came from.
func halfPreserved(w *world) {
	m := &mail{
		text: mailText(0), double: true, quiet: true,
		before: []outcome{at(inFlight, 0), at(farAway, 0), at(elsewhere, 0)}, after: []outcome{at(elsewhere, 0)},
	}
	m.file = entryFile(message.Mailman2, m.text, message.Item{Key: "whichq", Value: "/q/in"},
		message.Item{Key: movingToKey, Value: farAway.dir}, message.Item{Key: movingFromKey, Value: "/q/in"})
	w.add(inFlight, m)
	w.disk.Put(farAway.path(m.id), m.file, listUID, listGID)
}

// releaseElsewhere releases the entries of the far bad queue to the queue elsewhere.
func releaseElsewhere(w *world) error {
	d, err := w.open(farAway.dir, Options{})
	if err != nil {
		return err
	}
	ids, err := idsOf(d.List(nil, Preserved))
	if err != nil {
		return errors.Join(err, d.Close())
	}
	other, err := w.open(elsewhere.dir, Options{})
	if err != nil {
		return errors.Join(err, d.Close())
	}
	var errs []error
	d.ReleaseEntries(ids, ReleaseOptions{From: Preserved, Target: func(ID, *message.Content) (Queue, error) {
		return other, nil
	}}, func(_ Outcome, err error) { errs = append(errs, err) })
	return errors.Join(append(errs, d.Close(), other.Close())...)
}

// shunt returns the shunt queue of a scenario: the far one if a mail may go there.
func (w *world) shunt() string {
	for _, m := range w.mails {
		for _, o := range m.before {
			if o.place == farShunt {
				return farShunt.dir
			}
		}
	}
	return ""
}

// shuntAll works like a runner whose command fails for every entry.
func shuntAll(w *world) error {
	d, err := w.open("/q/in", Options{Shunt: w.shunt()})
	if err != nil {
		return err
	}
	var errs []error
	done := func(id ID, to string) {
		for i, m := range w.mails {
			if m.id == id {
				w.done(i)
			}
		}
		errs = append(errs, present(w, path.Clean(to)))
	}
	errs = append(errs, d.Restore(RestoreOptions{MaxRestores: DefaultMaxRestores}, func(r Outcome, err error) {
		if errs = append(errs, err); err == nil && r.Interrupted {
			done(r.ID, r.To)
		}
	}))
	for c, err := range d.Pass(Slice{}, func(ID) bool { return false }) {
		if err != nil {
			errs = append(errs, err)
			break
		}
		to, err := c.Shunt()
		if errs = append(errs, err); err == nil {
			done(c.ID, to)
		}
		c.Close()
	}
	return errors.Join(append(errs, d.Close())...)
}
