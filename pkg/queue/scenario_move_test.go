package queue

import (
	"errors"
	"path"
)

var (
	hold    = place{"/q/hold", Ready}
	farHold = place{"/far/hold", Ready}
)

// moved returns a mail that was restored n times and moves.
func moved(n int, from, to place) *mail {
	m := &mail{restores: n, double: to == farHold}
	count := n
	if from.state == Preserved {
		count = 0
	}
	m.before = []outcome{at(from, n), at(from, count), at(to, count)}
	m.after = []outcome{at(to, count)}
	if m.double && from == ready {
		// A crash in the middle leaves it in flight, and it is restored first.
		m.before = append(m.before, at(inFlight, n))
		m.again = []outcome{at(to, n), at(to, n+1)}
		m.retried = true
	}
	return m
}

// moving sets up n entries that move. queues are made for it.
func moving(n int, from, to place, queues ...string) func(*world) {
	return func(w *world) {
		for _, dir := range queues {
			w.disk.Mkdir(dir, listUID, listGID)
		}
		for i := range n {
			restores := i % 2
			if from.state == Preserved {
				restores = 3 * restores
			}
			w.add(from, moved(restores, from, to))
		}
	}
}

// unreadableForOwner sets up an entry that only root can read.
func unreadableForOwner(w *world) {
	w.disk.Mkdir(hold.dir, listUID, listGID)
	m := moved(0, ready, hold)
	m.odd = true
	w.add(ready, m)
	n := w.disk.Lookup(ready.path(m.id))
	n.Mode, n.UID, n.GID = 0, 0, 0
	w.disk.WriteBack(n.FS)
}

// moveTo returns an operation that moves all mails from one queue to another. If the other
// queue is beside the first, it is opened by its name there.
func moveTo(from, to place) func(*world) error {
	return func(w *world) error { return moveIn(w, from, to, MoveOptions{}) }
}

// moveToOld moves all mails to a queue where old files are deleted.
func moveToOld(w *world) error { return moveIn(w, ready, shunted, MoveOptions{Touch: true}) }

func moveIn(w *world, from, to place, o MoveOptions) error {
	d, err := w.open(from.dir, Options{})
	if err != nil {
		return err
	}
	o.From, o.Beside = from.state, path.Base(to.dir)
	if path.Dir(to.dir) != path.Dir(from.dir) {
		if o.To, err = w.open(to.dir, Options{}); err != nil {
			return errors.Join(err, d.Close())
		}
	}
	errs := []error{w.eachOutcome(func(ids []ID, done func(Outcome, error)) { d.Move(ids, o, done) })}
	if o.To != nil {
		errs = append(errs, o.To.Close())
	}
	return errors.Join(append(errs, d.Close())...)
}

// eachOutcome does something with all mails, and notes what it reports as done.
func (w *world) eachOutcome(do func([]ID, func(Outcome, error))) error {
	all, ids := make(map[ID]int), []ID(nil)
	for i, m := range w.mails {
		all[m.id] = i
		ids = append(ids, m.id)
	}
	var errs []error
	do(ids, func(o Outcome, err error) {
		if err == nil {
			w.done(all[o.ID])
			if o.To != "" {
				err = present(w, path.Clean(o.To))
			}
		}
		errs = append(errs, err)
	})
	return errors.Join(errs...)
}

// restoreAndMove is what a person does after a crash during a move to another filesystem.
func restoreAndMove(w *world) error {
	return errors.Join(restoreBare(w), moveTo(ready, farHold)(w))
}

// discarding sets up entries that are discarded.
func discarding(n int, from place) func(*world) {
	return func(w *world) {
		for range n {
			w.add(from, &mail{before: []outcome{at(from, 0), gone}, after: []outcome{gone}})
		}
	}
}

func discardFrom(from place) func(*world) error {
	return func(w *world) error {
		d, err := w.open(from.dir, Options{})
		if err != nil {
			return err
		}
		err = w.eachOutcome(func(ids []ID, done func(Outcome, error)) {
			d.Discard(ids, DiscardOptions{From: from.state}, done)
		})
		return errors.Join(err, d.Close())
	}
}

// otherEnd allows a mail to end at another place, too, if a crash came early.
func otherEnd(setup func(*world), more ...outcome) func(*world) {
	return func(w *world) {
		setup(w)
		for _, m := range w.mails {
			m.again = append(append([]outcome{}, m.again...), more...)
		}
	}
}

// touchedAt sets up entries whose time must be set before they are at a place.
func touchedAt(setup func(*world), p place) func(*world) {
	return func(w *world) {
		setup(w)
		for _, m := range w.mails {
			m.touched = p
		}
	}
}

// scenariosOfMoves are the ways of Move and Discard.
var scenariosOfMoves = []scenario{
	{"move", moving(1, ready, hold), moveTo(ready, hold), nil},
	{"move to a queue that is there", moving(1, ready, hold, "/q/hold"), moveTo(ready, hold), nil},
	{"move a preserved one", moving(1, preserved, hold, "/q/hold"), moveTo(preserved, hold), nil},
	{"move a few preserved ones", moving(3, preserved, ready), moveTo(preserved, ready), nil},
	{"move one that is unreadable", func(w *world) {
		w.add(ready, &mail{unreadable: true, file: []byte("U\x04text no pickle"), before: []outcome{at(ready, 0), at(hold, 0)}, after: []outcome{at(hold, 0)}})
	}, moveTo(ready, hold), nil},
	{"move a group of preserved ones", moving(syncTogether+1, preserved, hold, "/q/hold"), moveTo(preserved, hold), nil},
	{"move to where old files are deleted", touchedAt(moving(2, ready, shunted, "/q/shunt"), shunted), moveToOld, nil},
	{"move what its owner could not read", unreadableForOwner, moveTo(ready, hold), nil},
	{"move a hard link", func(w *world) {
		moving(1, preserved, hold, "/q/hold")(w)
		w.disk.Link(preserved.path(w.mails[0].id), "/q/backup")
	}, moveTo(preserved, hold), nil},
	{"move, far", moving(1, ready, farHold, "/far/hold"), moveTo(ready, farHold), restoreAndMove},
	{"move a preserved one, far", moving(1, preserved, farHold, "/far/hold"), moveTo(preserved, farHold), nil},
	{"move a preserved one, far, and to another queue", otherEnd(moving(1, preserved, farHold, "/far/hold", "/q/hold"), at(hold, 0)),
		moveTo(preserved, farHold), moveTo(preserved, hold)},
	{"move a preserved one, far, and discard it", otherEnd(moving(1, preserved, farHold, "/far/hold"), gone),
		moveTo(preserved, farHold), discardFrom(preserved)},
	{"move the copy of one that was being preserved, far, and restore", halfPreserved, func(w *world) error {
		return errors.Join(moveTo(farAway, elsewhere)(w), restoreBare(w))
	}, nil},
	{"discard", discarding(1, ready), discardFrom(ready), nil},
	{"discard three", discarding(3, ready), discardFrom(ready), nil},
	{"discard a preserved one", discarding(1, preserved), discardFrom(preserved), nil},
}

func init() { scenarios = append(scenarios, scenariosOfMoves...) }
