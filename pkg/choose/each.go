package choose

import (
	"errors"

	"switchboard/pkg/queue"
)

// Each calls do with the chosen entries of a queue, oldest first, in groups of entries that
// are in one state. It passes over an entry that vanishes in the meantime. It calls failed
// with an *[queue.Error] for an entry of which it cannot tell whether it is chosen, and goes
// on. Each itself returns an error only if the queue cannot be listed.
func (c *Choice) Each(d *queue.Dir, do func(queue.State, []queue.ID), failed func(error)) error {
	var (
		group []queue.ID
		state queue.State
	)
	flush := func() {
		if len(group) > 0 {
			do(state, group)
		}
		group = nil
	}
	for f, err := range d.List(c.Name(), c.States...) {
		if err != nil {
			flush()
			return err
		}
		is, err := c.look(d, f)
		switch {
		case errors.Is(err, queue.ErrState):
			continue
		case err != nil:
			failed(err)
			continue
		case !is:
			continue
		}
		if f.State != state || len(group) == mostGrouped {
			flush()
		}
		group, state = append(group, f.ID), f.State
	}
	flush()
	return nil
}

// mostGrouped is how many entries are chosen before something is done with them.
const mostGrouped = 2048

// look reports whether an entry whose name is right is chosen. If only its length matters,
// it need not be readable.
func (c *Choice) look(d *queue.Dir, f queue.File) (bool, error) {
	if !c.sized() && !c.reads() {
		return true, nil
	}
	e, err := d.Read(f.ID, f.State)
	if e == nil {
		return false, err
	}
	defer e.Close()
	switch {
	case !c.Size(e.Info.Size()):
		return false, nil
	case !c.reads():
		return true, nil
	case err != nil:
		return false, err
	}
	return c.Content(e.Content), nil
}
