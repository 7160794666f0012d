package queue

import (
	"errors"
	"path"

	"switchboard/pkg/message"
)

func preserving(to place) func(*world) {
	return one(inFlight, &mail{
		before: []outcome{at(inFlight, 0), at(to, 0)}, after: []outcome{at(to, 0)}, double: to == farAway,
	})
}

func preserveAll(w *world) error {
	return each(w, Options{Bad: w.bad()}, func(d *Dir, _ int, m *mail) (bool, error) {
		stored, err := d.Preserve(m.id)
		if err == nil {
			err = present(w, stored)
		}
		return true, err
	})
}

// halfMoved sets up an entry in flight that already has a copy on another filesystem.
func halfMoved(to place) func(*world) {
	return func(w *world) {
		m := &mail{
			text:   mailText(0),
			before: []outcome{at(inFlight, 0), at(to, 0)}, after: []outcome{at(to, 0)}, double: true,
		}
		m.file = entryFile(message.Mailman2, m.text, message.Item{Key: "whichq", Value: "/q/in"})
		w.add(inFlight, m)
		if w.disk.Lookup(to.dir) == nil {
			w.disk.Mkdir(to.dir, listUID, listGID)
		}
		w.disk.Put(to.path(m.id), m.file, listUID, listGID)
	}
}

func preservingGroup(n int, to place) func(*world) {
	return func(w *world) {
		for range n {
			preserving(to)(w)
		}
	}
}

func preserveTogether(w *world) error {
	d, err := w.open("/q/in", Options{Bad: w.bad()})
	if err != nil {
		return err
	}
	var errs []error
	all := make(map[ID]int)
	var ids []ID
	for i, m := range w.mails {
		all[m.id] = i
		ids = append(ids, m.id)
	}
	d.PreserveEntries(ids, func(r Outcome, err error) {
		if err == nil {
			w.done(all[r.ID])
			err = present(w, path.Clean(r.To))
		}
		errs = append(errs, err)
	})
	return errors.Join(append(errs, d.Close())...)
}

// restored returns a mail that was restored n times and is now restored once more.
func restored(n int, bad place) *mail {
	m := &mail{restores: n, double: bad == farAway}
	to := ready
	if n+1 == DefaultMaxRestores {
		to = bad
	}
	m.before = []outcome{at(inFlight, n), at(inFlight, n+1), at(to, n+1)}
	m.after = []outcome{at(to, n+1)}
	// A crash between the count and the move counts as a restore.
	m.again = m.after
	switch n {
	case 0:
		m.again = append(m.again, at(ready, 2))
	case 1:
		m.again = append(m.again, at(bad, 3))
	}
	return m
}

func restoring1(n int) func(*world) {
	return func(w *world) { w.add(inFlight, restored(n, preserved)) }
}

func restoring3(bad place, more func(*world)) func(*world) {
	return func(w *world) {
		w.add(inFlight, restored(2, bad))
		if more != nil {
			more(w)
		}
	}
}

// hardLinked sets up an entry with a hard link that somebody keeps as a backup.
func hardLinked(n int) func(*world) {
	return func(w *world) {
		w.add(inFlight, restored(n, preserved))
		w.disk.Link(inFlight.path(w.mails[0].id), "/q/backup")
	}
}

func restoreAll(w *world) error { return restoreIn(w, largestGroup) }

// smallGroup is the size of a group whose tails are synced together with the flips of
// another.
const smallGroup = syncTogether/2 + 1

// restoreGroups works on three groups at once.
func restoreGroups(w *world) error { return restoreIn(w, smallGroup) }

func restoreIn(w *world, group int) error {
	d, err := w.open("/q/in", Options{Bad: w.bad(), Shunt: w.shunt()})
	if err != nil {
		return err
	}
	var errs []error
	err = d.Restore(RestoreOptions{MaxRestores: DefaultMaxRestores, group: group}, func(r Outcome, err error) {
		if err != nil {
			errs = append(errs, err)
			return
		}
		for i, m := range w.mails {
			if m.id == r.ID {
				w.done(i)
			}
		}
		errs = append(errs, present(w, r.To))
	})
	return errors.Join(append(errs, err, d.Close())...)
}

// bringing sets up a preserved entry that is released.
func bringing(from place, more func(*world)) func(*world) {
	return func(w *world) {
		w.add(from, back(3, from, ready))
		if more != nil {
			more(w)
		}
	}
}

// back returns a mail that was restored n times and goes back to a queue.
func back(n int, from, to place) *mail {
	return &mail{
		restores: n, double: from == farAway,
		before: []outcome{at(from, n), at(from, 0), at(to, 0)}, after: []outcome{at(to, 0)},
	}
}

// bringingGroup sets up n entries that are released to the given queues in turn. The
// count of the last one is already 0.
func bringingGroup(n int, from place, to ...place) func(*world) {
	return func(w *world) {
		for _, p := range to {
			if w.disk.Lookup(p.dir) == nil {
				w.disk.Mkdir(p.dir, listUID, listGID)
			}
		}
		for i := range n {
			restores := 3
			if i == n-1 {
				restores = 0
			}
			w.add(from, back(restores, from, to[i%len(to)]))
		}
	}
}

func releaseAll(w *world) error { return releaseIn(w, largestGroup) }

// releaseGroups works on three groups at once.
func releaseGroups(w *world) error { return releaseIn(w, syncTogether) }

func releaseIn(w *world, group int) error {
	bad := "/q/bad"
	if far := w.bad(); far != "" {
		bad = far
	}
	d, err := w.open(bad, Options{})
	if err != nil {
		return err
	}
	defer d.Close()
	var (
		errs []error
		all  = make(map[ID]int)
		ids  []ID
		to   = make(map[string]*Dir)
	)
	for i, m := range w.mails {
		all[m.id] = i
		ids = append(ids, m.id)
	}
	target := func(id ID, _ *message.Content) (Queue, error) {
		path := w.mails[all[id]].after[0].dir
		if to[path] == nil {
			q, err := w.open(path, Options{})
			if err != nil {
				return nil, err
			}
			to[path] = q
		}
		return to[path], nil
	}
	d.ReleaseEntries(ids, ReleaseOptions{From: Preserved, Target: target, group: group}, func(r Outcome, err error) {
		if err == nil {
			w.done(all[r.ID])
			err = present(w, path.Clean(r.To))
		}
		errs = append(errs, err)
	})
	for _, q := range to {
		errs = append(errs, q.Close())
	}
	return errors.Join(errs...)
}
