package queue

import (
	"crypto/rand"

	"switchboard/pkg/queue/internal/disk"
)

// createTemporary makes a temporary file with a random digest in its name, and at as
// its time. An entry's own digest may only be known once its file is written, and two
// processes may write the same entry at once.
func (d *Dir) createTemporary(at float64) (f disk.File, name string, err error) {
	var digest [20]byte
	rand.Read(digest[:])
	name = NewID(at, digest).Name(Temporary)
	f, err = d.dir.Create(name)
	return f, name, err
}

// createOwn makes a temporary file with the owner and group of queue, and this mode,
// for a file that is not an entry.
func (d *Dir) createOwn(queue disk.Stat, mode uint32) (f disk.File, name string, err error) {
	if f, name, err = d.createTemporary(0); err != nil {
		return nil, "", err
	}
	have, err := f.Stat()
	if err == nil {
		err = give(f, have, queue, mode)
	}
	if err != nil {
		f.Close()
		d.dir.Unlink(name)
		return nil, "", err
	}
	return f, name, nil
}
