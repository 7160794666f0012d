//go:build !linux

package disk

import "golang.org/x/sys/unix"

// use marks a new file as in use, for unused. A filesystem without locks refuses
// both, and then every temporary file counts as used.
func use(fd int) { _ = unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB) }

// unused notices only the writers of this toolkit, which lock what they write.
func unused(fd int) bool {
	return unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB) == nil
}
