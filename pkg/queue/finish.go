package queue

import "switchboard/pkg/queue/internal/disk"

// Finish deletes an entry that is in flight. The deletion is durable after Sync. The
// error is ErrState if the entry is not in flight. A ready entry with the same file base
// is another entry, and stays.
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
