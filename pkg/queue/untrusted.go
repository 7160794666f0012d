package queue

import (
	"os"

	"switchboard/pkg/queue/internal/disk"
)

// OpenUntrusted opens a regular file or a directory for reading that nobody named, such as
// the pid file of a Mailman next to its queues. Whoever may write to a queue may have put
// something else there. So OpenUntrusted does not wait for the other end of a FIFO, and root
// follows a link of another user only to a file that this user, or the link's group, may
// write to. For other links the error is [os.ErrPermission], and for other kinds of files ENXIO.
//
// root is put before an absolute path. It is trusted, and often "".
func OpenUntrusted(root, path string) (*os.File, error) {
	fd, err := disk.OpenUntrusted(root, path)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: root + path, Err: err}
	}
	return os.NewFile(uintptr(fd), root+path), nil
}
