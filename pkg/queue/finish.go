package queue

import (
	"path/filepath"

	"golang.org/x/sys/unix"

	"switchboard/pkg/message"
)

// Finish removes an entry that is in flight; durable after Sync. ErrState if
// it isn't in flight. A ready entry of the same name is another one.
func (d *Dir) Finish(id ID) error {
	if err := d.Look(id, InFlight); err != nil {
		return err
	}
	err := d.dir.Unlink(id.Name(InFlight))
	if err == unix.ENOENT {
		err = missing(InFlight)
	}
	if err != nil {
		return &Error{Path: d.EntryPath(id, InFlight), Err: err}
	}
	d.touch(d)
	d.removed(id, InFlight)
	return nil
}

// Requeue makes an entry in flight ready again, uncounted; durable after Sync.
func (d *Dir) Requeue(id ID) error {
	if st, err := d.dir.Lstat(id.Name(InFlight)); err == nil && !st.regular() {
		return &Error{Path: d.EntryPath(id, InFlight), Err: ErrStray}
	}
	return d.move(id, InFlight, d, Ready)
}

// origin is what an entry of this queue has as whichq: Mailman 2.1 writes the
// queue's absolute path, Mailman 3 its name.
func (d *Dir) origin(c *message.Content) string {
	if c.Dialect() == message.Mailman3 {
		return filepath.Base(d.resolved())
	}
	return d.resolved()
}
