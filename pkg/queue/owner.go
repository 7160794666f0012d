package queue

import (
	"fmt"

	"switchboard/pkg/queue/internal/disk"
)

// ourMode is the mode of the files that we make, as Mailman makes them: the queue's group
// may read and write.
const ourMode = 0o660

// give gives a file the owner and group of want, and the mode. have is what the file has.
// Only root can give files away, so it is not an error if the owner stays. It is an error
// if the group cannot be set, because the group decides who can read the file.
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

// own gives the directory the owner and group of like, as far as the process may. Users
// other than root own the queue or share it through its group, so the group is enough.
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
