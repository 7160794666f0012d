package disk

import "golang.org/x/sys/unix"

const noAccessTime = unix.O_NOATIME

// CreateUnnamed fails on filesystems without O_TMPFILE, such as NFS. O_EXCL prevents
// linkat(2), so that a child that inherits the descriptor cannot give the file a name.
func (d *osDir) CreateUnnamed() (int, error) {
	return open(d.fd, ".", unix.O_RDWR|unix.O_TMPFILE|unix.O_EXCL)
}
