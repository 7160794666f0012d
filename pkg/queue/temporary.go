package queue

import (
	"crypto/rand"

	"switchboard/pkg/queue/internal/disk"
)

// createTemporary makes a temporary file whose name has the time at and a random digest.
// It does not use the entry's own digest, which may not be known before the file is
// written; also, two processes may write the same entry at once.
func (d *Dir) createTemporary(at float64) (f disk.File, name string, err error) {
	var digest [20]byte
	rand.Read(digest[:])
	name = NewID(at, digest).Name(Temporary)
	f, err = d.dir.Create(name)
	return f, name, err
}

// createOwn makes a temporary file with the owner and group of queue and with mode. It
// will become a file of the toolkit's own.
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
