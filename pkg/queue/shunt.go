package queue

import (
	"errors"
	"path/filepath"

	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/disk"
)

// Shunt has the metadata on the disk before the entry moves: otherwise a crash could leave an
// entry of unknown origin in the shunt queue.
func (c *claim) Shunt(set ...message.Setting) (path string, err error) {
	return c.dir.carryOutOne(c.ID, &request{verb: shunts, from: InFlight, named: true, claim: c, set: set})
}

// planShunt notes the entry's origin.
func planShunt(f *facts, set []message.Setting) plan {
	return plan{to: target{kind: toShuntQueue}, as: Ready, sets: true, set: append(set[:len(set):len(set)], f.noteOrigin()...)}
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
func (d *Dir) CanShunt() error { return d.canMoveTo("shunt", d.ShuntPath(), d.opt.Shunt == "") }

// canMoveTo is CanShunt for the queue called name at path. chosen means that nobody named
// the path.
func (d *Dir) canMoveTo(name, path string, chosen bool) error {
	if err := d.notItself(name, path); err != nil {
		return err
	}
	if chosen {
		// Find out before anything is claimed whether root would refuse the queue.
		q, err := d.openChosen(path)
		if err == nil {
			err = q.Close()
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

func (d *Dir) notItself(name, path string) error {
	if samePath(path, d.path) {
		return &Error{
			Path: path, Err: cannotCreate{errors.New("it would be its own " + name + " queue")},
			Remedy: "name another one with --" + name,
		}
	}
	return nil
}

// openShunt opens the shunt queue, and makes it if it is missing.
func (d *Dir) openShunt() (*Dir, error) { return d.openOnce(&d.shunt, (*Dir).newShunt) }

// newShunt opens the shunt queue for a caller who closes it.
func (d *Dir) newShunt() (*Dir, error) { return d.openFor("shunt", d.ShuntPath(), d.opt.Shunt == "") }

// openOnce opens a queue unless it is open, and keeps it at the given place.
func (d *Dir) openOnce(at **Dir, open func(*Dir) (*Dir, error)) (*Dir, error) {
	if *at != nil {
		return *at, nil
	}
	q, err := open(d)
	if err != nil {
		return nil, err
	}
	*at = q
	return q, nil
}

// openFor opens the queue called name at path, and makes it if it is missing.
func (d *Dir) openFor(name, path string, chosen bool) (*Dir, error) {
	if err := d.notItself(name, path); err != nil {
		return nil, err
	}
	return d.create(path, chosen)
}
