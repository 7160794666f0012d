package queue

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"os"

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

// ourMode is the mode of the files that we make, as Mailman makes them: the queue's group
// may read and write.
const ourMode = 0o660

// give gives a file the owner and group of want, and the mode. have is what the file has.
// Only root can give files away, so it is not an error if the owner stays. It is an error
// if the group cannot be set, because the group decides who can read the file.
func give(f disk.File, have, want disk.Stat, mode uint32) error {
	if have.UID != want.UID {
		switch err := f.Chown(want.UID, want.GID); err {
		case nil:
			have.GID = want.GID
		case disk.ErrNotPermitted:
		default:
			return err
		}
	}
	if have.GID != want.GID {
		if err := f.Chown(-1, want.GID); err != nil {
			return fmt.Errorf("cannot set the group: %w", err)
		}
	}
	return f.Chmod(mode)
}

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

// copyIn copies an open entry to a temporary file of this queue, with the entry's owner,
// group and mode. It makes the content durable and returns the file's name. The name is
// new each time, because two processes may preserve one entry at once, and one of them
// must not rename a file that the other has half written.
func (d *Dir) copyIn(from disk.File, id ID) (name string, err error) {
	st, err := from.Stat()
	if err != nil {
		return "", err
	}
	f, name, err := d.createTemporary(id.time)
	if err != nil {
		return "", err
	}
	have, err := f.Stat()
	if err == nil {
		err = copyTo(f, from, st.Size)
	}
	if err == nil {
		err = give(f, have, st, st.Mode&0o777)
	}
	if err == nil && !d.opt.NoSync {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		d.dir.Unlink(name)
	}
	return name, err
}

// copyTo copies the first size bytes. If there are fewer, somebody has truncated the file,
// and that is an error.
func copyTo(to io.WriterAt, from io.ReaderAt, size int64) error {
	n, err := io.CopyBuffer(onlyWriter{io.NewOffsetWriter(to, 0)}, onlyReader{io.NewSectionReader(from, 0, size)}, make([]byte, 128<<10))
	if err == nil && n != size {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// onlyWriter and onlyReader hide the methods ReadFrom and WriteTo, with which
// io.CopyBuffer would not use the buffer.
type onlyWriter struct{ io.Writer }
type onlyReader struct{ io.Reader }

func sameBytes(a, b io.ReaderAt, size int64) (bool, error) {
	var bufA, bufB [32 << 10]byte
	for off := int64(0); off < size; {
		n := min(size-off, int64(len(bufA)))
		if _, err := a.ReadAt(bufA[:n], off); err != nil {
			return false, err
		}
		if _, err := b.ReadAt(bufB[:n], off); err != nil {
			return false, err
		}
		if !bytes.Equal(bufA[:n], bufB[:n]) {
			return false, nil
		}
		off += n
	}
	return true, nil
}
