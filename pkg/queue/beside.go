package queue

import (
	"errors"

	"switchboard/pkg/queue/internal/disk"
)

// BesidePath returns the path of the queue called name next to this one, which need not
// exist.
func (d *Dir) BesidePath(name string) string { return sibling(d.path, name) }

// openBeside opens the queue called name next to this one, and makes it if make is set. It
// returns nil if it is missing and not made.
func (d *Dir) openBeside(name string, make bool) (*Dir, error) {
	if q := d.queuesBeside[name]; q != nil {
		return q, nil
	}
	path := d.BesidePath(name)
	var (
		q   *Dir
		err error
	)
	if make {
		q, err = d.create(path, true)
	} else if q, err = d.openChosen(path); errors.Is(err, disk.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if d.queuesBeside == nil {
		d.queuesBeside = map[string]*Dir{}
	}
	d.queuesBeside[name] = q
	return q, nil
}
