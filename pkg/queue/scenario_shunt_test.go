package queue

import (
	"errors"
	"io"
	"path"
)

// shunting is a ready entry that a runner is going to shunt.
func shunting(to place) func(*world) {
	return one(ready, &mail{
		before: []outcome{at(ready, 0), at(inFlight, 0), at(to, 0)}, after: []outcome{at(to, 0)},
		// After a crash it is restored, and tried and shunted again.
		again: []outcome{at(to, 0), at(to, 1), at(to, 2)}, double: to == farShunt, retried: true,
	})
}

// shunt is the shunt queue of a scenario: the far one if a mail may go there.
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

// shuntAll is a runner whose command fails for every entry.
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
	errs = append(errs, d.Restore(RestoreOptions{MaxRestores: DefaultMaxRestores}, func(r Restored, err error) {
		if errs = append(errs, err); err == nil && r.Interrupted {
			done(r.ID, r.To)
		}
	}))
	pass := d.Pass(Slice{}, func(ID) bool { return false })
	for {
		c, _, err := pass.Next()
		if err == io.EOF {
			break
		}
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
