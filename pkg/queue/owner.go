package queue

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// ourMode is the mode of the files that we make: Mailman's own, with which the
// queue's group reads and writes.
const ourMode = 0o660

// give gives a file the owner and group of want, and the mode; have is what it
// has. Only root gives files away: others keep them. But the group, which not
// even a member may always give, decides who can read it: that is an error.
func give(f file, have, want stat, mode uint32) error {
	if have.uid != want.uid {
		switch err := f.Chown(want.uid, want.gid); err {
		case nil:
			have.gid = want.gid
		case unix.EPERM:
		default:
			return err
		}
	}
	if have.gid != want.gid {
		if err := f.Chown(-1, want.gid); err != nil {
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
	if have.uid == want.uid && have.gid == want.gid {
		return nil
	}
	if err := d.dir.Chown(want.uid, want.gid); err != unix.EPERM {
		return err
	}
	if err := d.dir.Chown(-1, want.gid); err != unix.EPERM {
		return err
	}
	return nil
}
