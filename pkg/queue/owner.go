package queue

import (
	"fmt"

	"switchboard/pkg/queue/internal/disk"
)

// ourMode is the mode of the files that we make: Mailman's own, with which the
// queue's group reads and writes.
const ourMode = 0o660

// give gives a file the owner and group of want, and the mode; have is what it
// has. Only root gives files away: others keep them. But the group, which not
// even a member may always give, decides who can read it: that is an error.
func give(f disk.File, have, want disk.Stat, mode uint32) error {
	if have.UID != want.UID {
		switch err := f.Chown(want.UID, want.GID); err {
		case nil:
			have.GID = want.GID
		case disk.ErrNotPermitted:
		default:
			return err
		}
	}
	if have.GID != want.GID {
		if err := f.Chown(-1, want.GID); err != nil {
			return fmt.Errorf("cannot set the group: %w", err)
		}
	}
	return f.Chmod(mode)
}

// own gives the directory the owner and group of like, as far as the process
// may: who is not root shares the queue through its group, or owns it.
func (d *Dir) own(like *Dir) error {
	want, err := like.dir.Stat()
	if err != nil {
		return err
	}
	have, err := d.dir.Stat()
	if err != nil {
		return err
	}
	if have.UID == want.UID && have.GID == want.GID {
		return nil
	}
	if err := d.dir.Chown(want.UID, want.GID); err != disk.ErrNotPermitted {
		return err
	}
	if err := d.dir.Chown(-1, want.GID); err != disk.ErrNotPermitted {
		return err
	}
	return nil
}
