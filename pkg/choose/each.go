package choose

import (
	"errors"

	"switchboard/pkg/queue"
)

// Each calls do for each chosen entry of a queue, oldest first. It passes over an entry that
// vanishes in the meantime. It calls failed with an *[queue.Error] for an entry of which it
// cannot tell whether it is chosen, and goes on. Each itself returns an error only if the
// queue cannot be listed.
func (c *Choice) Each(d queue.Queue, do func(queue.File), failed func(error)) error {
	for f, err := range d.List(c.Name(), c.States...) {
		if err != nil {
			return err
		}
		is, err := c.look(d, f)
		switch {
		case errors.Is(err, queue.ErrState):
		case err != nil:
			failed(err)
		case is:
			do(f)
		}
	}
	return nil
}

// look reports whether an entry whose name is right is chosen.
func (c *Choice) look(d queue.Queue, f queue.File) (bool, error) {
	if !c.Opens() {
		return true, nil
	}
	e, err := d.Read(f.ID, f.State)
	if e != nil {
		defer e.Close()
	}
	return c.Entry(e, err)
}

// Entry reports whether an entry whose name is right is chosen. e and err are what
// [queue.Dir.Read] returned. The error is err if that keeps Entry from telling. If only its
// length matters, the entry need not be readable.
func (c *Choice) Entry(e *queue.Entry, err error) (bool, error) {
	switch {
	case !c.Opens():
		return true, nil
	case e == nil:
		return false, err
	case !c.Size(e.Info.Size()):
		return false, nil
	case !c.reads():
		return true, nil
	case e.Content == nil:
		return false, err
	}
	return c.Content(e.Content), nil
}
