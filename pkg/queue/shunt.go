package queue

import (
	"errors"
	"path/filepath"

	"switchboard/pkg/queue/internal/disk"
)

// Shunt moves a claimed entry to the shunt queue, where it is ready, its origin
// noted in its metadata, and returns its new path. It is durable. On an error
// the entry stays in flight.
//
// The origin is on the disk before the entry moves. The other way round, a crash would
// leave one in the shunt queue of which nobody knows where it belongs. An entry that has
// its origin noted and did not move is as good as before.
func (c *Claim) Shunt() (path string, err error) {
	return c.dir.carryOutOne(c.ID, &request{verb: shunts, from: InFlight, named: true, claim: c})
}

// planShunt notes the entry's origin.
func planShunt(f *facts) plan {
	return plan{to: target{kind: toShuntQueue}, as: Ready, sets: true, set: f.noteOrigin()}
}

// ShuntPath is the path of the shunt queue, which need not be there.
func (d *Dir) ShuntPath() string {
	if d.opt.Shunt != "" {
		return d.opt.Shunt
	}
	return sibling(d.path, "shunt")
}

// CanShunt fails where Shunt would for every entry: the shunt queue cannot be written
// to, or is missing and cannot be made. CanShunt makes nothing.
func (d *Dir) CanShunt() error {
	path := d.ShuntPath()
	if err := d.notItself(path); err != nil {
		return err
	}
	if d.opt.Shunt == "" {
		// A queue that root would refuse is refused here, before anything is claimed.
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

// openShunt opens the shunt queue, and makes it if need be.
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

// closeShunt is Close's part.
func (d *Dir) closeShunt() error {
	if d.shunt == nil {
		return nil
	}
	return d.shunt.Close()
}
