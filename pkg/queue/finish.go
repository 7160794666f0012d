package queue

import (
	"errors"
	"path/filepath"

	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/disk"
)

// Finish removes an entry that is in flight; durable after Sync. ErrState if
// it isn't in flight. A ready entry of the same name is another one.
func (d *Dir) Finish(id ID) error {
	if err := d.Look(id, InFlight); err != nil {
		return err
	}
	err := d.dir.Unlink(id.Name(InFlight))
	if err == disk.ErrNotExist {
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
	if st, err := d.dir.Lstat(id.Name(InFlight)); err == nil && !st.Regular() {
		return &Error{Path: d.EntryPath(id, InFlight), Err: ErrStray}
	}
	if err := d.endInterrupted(id); err != nil {
		return err
	}
	return d.requeue(id)
}

func (d *Dir) requeue(id ID) error { return d.move(id, InFlight, d, Ready) }

// endInterrupted completes the move of an entry in flight that a crash interrupted,
// because to requeue the entry would make a second message. If the entry may not be
// read, its move cannot be found.
func (d *Dir) endInterrupted(id ID) error {
	f, st, err := d.open(id, InFlight, disk.Dir.Open)
	if errors.Is(err, ErrState) || errors.Is(err, disk.ErrAccess) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	c, err := message.Read(f, st.Size)
	if err == nil {
		defer c.Release()
	} else if !errors.Is(err, ErrMalformed) {
		return &Error{Path: d.EntryPath(id, InFlight), Err: err}
	}
	elsewhere, err := d.completeMove(f, st, id, InFlight, InFlight, c)
	if err == nil && elsewhere != "" {
		err = firstError(d.Sync(), &Error{Path: d.EntryPath(id, InFlight), Err: movedOn{elsewhere}})
	}
	return err
}

// origin is what an entry of this queue has as whichq: Mailman 2.1 writes the
// queue's absolute path, Mailman 3 its name.
func (d *Dir) origin(c *message.Content) string {
	if c.Dialect() == message.Mailman3 {
		return filepath.Base(d.resolved())
	}
	return d.resolved()
}
