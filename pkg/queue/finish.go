package queue

import "switchboard/pkg/queue/internal/disk"

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
