package queue

import "os"

// CreateUnnamed makes a new file on the queue's filesystem that only its owner can read
// and write. The file has no name and is deleted when its last descriptor is closed, so a
// crash leaves nothing behind. An error does not mean that the queue is broken: many
// filesystems have no such files. Several goroutines may call this method at once.
func (d *Dir) CreateUnnamed() (*os.File, error) {
	fd, err := d.dir.CreateUnnamed()
	if err != nil {
		return nil, &os.PathError{Op: "create", Path: d.path, Err: err}
	}
	return os.NewFile(uintptr(fd), d.path), nil
}
