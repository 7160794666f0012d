package disk

import (
	"errors"

	"golang.org/x/sys/unix"
)

// These are the kernel's errors that callers tell apart. Calls return them unwrapped,
// so == finds them.
const (
	ErrNotExist     = unix.ENOENT
	ErrExist        = unix.EEXIST
	ErrNotDir       = unix.ENOTDIR
	ErrNameTooLong  = unix.ENAMETOOLONG
	ErrStale        = unix.ESTALE
	ErrCrossDevice  = unix.EXDEV
	ErrAccess       = unix.EACCES
	ErrNotPermitted = unix.EPERM
	// ErrNotWritable is NFS's answer to Lock on a file that is open only for reading.
	ErrNotWritable = unix.EBADF
)

// Unsupported says whether the kernel or the filesystem does not have the call.
func Unsupported(err error) bool {
	return errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTSUP)
}

// TooManyFiles says whether this process or the system can open no more files.
func TooManyFiles(err error) bool {
	return errors.Is(err, unix.EMFILE) || errors.Is(err, unix.ENFILE)
}

// Irregular says whether a file could not be opened because it is not a regular one.
func Irregular(err error) bool {
	switch err {
	case unix.ELOOP, unix.EMLINK, unix.ENXIO, unix.EOPNOTSUPP, unix.EISDIR:
		// A link (ELOOP; EMLINK on FreeBSD), a socket or FIFO (ENXIO, EOPNOTSUPP), a
		// directory.
		return true
	}
	return false
}
