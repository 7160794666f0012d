package queue

import (
	"errors"
	"path/filepath"

	"switchboard/pkg/queue/internal/disk"
)

// Shunt notes the origin of a claimed entry in its metadata, makes the entry ready in the
// shunt queue, and returns its new path. The move is durable. On an error the entry stays
// in flight.
//
// The origin is on the disk before the entry moves: otherwise a crash could leave an entry
// of unknown origin in the shunt queue. A noted origin does no harm if the entry does not
// move.
func (c *Claim) Shunt() (path string, err error) {
	return c.dir.carryOutOne(c.ID, &request{verb: shunts, from: InFlight, named: true, claim: c})
}

// planShunt notes the entry's origin.
func planShunt(f *facts) plan {
	return plan{to: target{kind: toShuntQueue}, as: Ready, sets: true, set: f.noteOrigin()}
}

// ShuntPath returns the path of the shunt queue, which need not exist.
func (d *Dir) ShuntPath() string {
	if d.opt.Shunt != "" {
		return d.opt.Shunt
	}
	return sibling(d.path, "shunt")
}

// CanShunt fails if Shunt would fail for every entry: the shunt queue is not writable, or
// is missing and cannot be made. CanShunt does not make it.
func (d *Dir) CanShunt() error {
	path := d.ShuntPath()
	if err := d.notItself(path); err != nil {
		return err
	}
	if d.opt.Shunt == "" {
		// Find out before anything is claimed whether root would refuse the queue.
		shunt, err := d.openChosen(path)
		if err == nil {
			err = shunt.Close()
		}
		if err != nil && !errors.As(err, new(noQueue)) && !errors.Is(err, disk.ErrAccess) {
			return err
		}
	}
	err := disk.Writable(path)
	if err == disk.ErrNotExist {
		if err = disk.Writable(filepath.Dir(filepath.Clean(path))); err == disk.ErrNotExist {
			err = cannotCreate{err}
		}
	}
	if err == disk.ErrNotDir {
		err = cannotCreate{err}
	}
	if err != nil {
		return &Error{Path: path, Err: err}
	}
	return nil
}

func (d *Dir) notItself(shunt string) error {
	if samePath(shunt, d.path) {
		return &Error{
			Path: shunt, Err: cannotCreate{errors.New("it would be its own shunt queue")},
			Remedy: "name another one with --shunt",
		}
	}
	return nil
}

// openShunt opens the shunt queue, and makes it if it is missing.
func (d *Dir) openShunt() (*Dir, error) {
	if d.shunt != nil {
		return d.shunt, nil
	}
	path := d.ShuntPath()
	if err := d.notItself(path); err != nil {
		return nil, err
	}
	shunt, err := d.create(path, d.opt.Shunt == "")
	if err != nil {
		return nil, err
	}
	d.shunt = shunt
	return shunt, nil
}
