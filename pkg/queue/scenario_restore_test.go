package queue

import (
	"errors"
	"path"
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

// restored is a mail that was restored n times and is now another time.
func restored(n int, bad place) *mail {
	m := &mail{restores: n, double: bad == farAway}
	to := ready
	if n+1 == DefaultMaxRestores {
		to = bad
	}
	m.before = []outcome{at(inFlight, n), at(inFlight, n+1), at(to, n+1)}
	m.after = []outcome{at(to, n+1)}
	// A crash between the count and the move counts as one.
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

// hardLinked is an entry of which somebody keeps a link as a backup.
func hardLinked(n int) func(*world) {
	return func(w *world) {
		w.add(inFlight, restored(n, preserved))
		w.disk.link(inFlight.path(w.mails[0].id), "/q/backup")
	}
}

func restoreAll(w *world) error { return restoreIn(w, restoreGroup) }

// restoreGroups has three groups in work at once.
func restoreGroups(w *world) error { return restoreIn(w, syncTogether) }

func restoreIn(w *world, group int) error {
	d, err := w.open("/q/in", Options{Bad: w.bad()})
	if err != nil {
		return err
	}
	var errs []error
	err = d.Restore(RestoreOptions{MaxRestores: DefaultMaxRestores, group: group}, func(r Restored, err error) {
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

// bringing is a preserved entry that goes back.
func bringing(from place, more func(*world)) func(*world) {
	return func(w *world) {
		w.add(from, &mail{
			restores: 3, double: from == farAway,
			before: []outcome{at(from, 3), at(from, 0), at(ready, 0)}, after: []outcome{at(ready, 0)},
		})
		if more != nil {
			more(w)
		}
	}
}

func bringBackAll(w *world) error {
	bad := "/q/bad"
	if far := w.bad(); far != "" {
		bad = far
	}
	d, err := w.open(bad, Options{})
	if err != nil {
		return err
	}
	defer d.Close()
	to, err := w.open("/q/in", Options{})
	if err != nil {
		return err
	}
	defer to.Close()
	var errs []error
	for i, m := range w.mails {
		r, err := d.BringBack(m.id, Preserved, to, false)
		if err == nil {
			w.done(i)
			err = present(w, path.Clean(r.To))
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
