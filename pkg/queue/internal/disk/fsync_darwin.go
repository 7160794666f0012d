package disk

import "golang.org/x/sys/unix"

// fsync uses F_FULLFSYNC, because fsync(2) on macOS leaves the data in the drive's
// cache.
func fsync(fd int) error {
	_, err := unix.FcntlInt(uintptr(fd), unix.F_FULLFSYNC, 0)
	if Unsupported(err) {
		return unix.Fsync(fd)
	}
	return err
}
