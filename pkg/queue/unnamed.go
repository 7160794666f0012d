package queue

import "os"

// CreateUnnamed makes a new file on the queue's filesystem, for its owner to read
// and write. The file has no name, and goes with its last descriptor: a crash leaves
// nothing behind. The error is not about the queue: many filesystems have no such
// files. Unlike other methods this one may be called by several goroutines at once.
func (d *Dir) CreateUnnamed() (*os.File, error) {
	fd, err := d.dir.CreateUnnamed()
	if err != nil {
		return nil, &os.PathError{Op: "create", Path: d.path, Err: err}
	}
	return os.NewFile(uintptr(fd), d.path), nil
}
