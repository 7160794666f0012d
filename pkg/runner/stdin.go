package runner

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"switchboard/pkg/message"
)

// ErrNoCopy means that there was no room anywhere for the copy of the message or for the
// file of its metadata.
var ErrNoCopy = errors.New("no room for a copy")

// maxInMemory is the longest message that is copied into memory.
const maxInMemory = 1 << 20

// place is where a message can be copied to.
type place struct {
	// create makes a file without a name. reader is nil, or the file opened for reading.
	create func() (writer, reader *os.File, err error)
	limit  int64
}

// copyMessage copies a claim's message into a file without a name and returns the file,
// at its beginning.
//
// A command gets this file and not a pipe, because the reader of a pipe cannot tell the
// end of a message from the death of its writer. It does not get the queue file, because
// the metadata follows the message there. The file is complete before the command starts,
// so the command can read all of it even if the runner is killed.
func (j *job) copyMessage() (*os.File, error) {
	var failed []error
	for _, p := range []place{
		{create: memoryFile, limit: maxInMemory},
		{create: j.queueFile, limit: math.MaxInt64},
		{create: j.tempFile, limit: math.MaxInt64},
	} {
		f, err := p.fill(j.claim.Content)
		var here placeError
		if !errors.As(err, &here) {
			return f, err
		}
		failed = append(failed, here.error)
	}
	// Leave out the error of the file in memory: the user needs to know why neither disk
	// had room.
	return nil, fmt.Errorf("%w of the message: %v; %v", ErrNoCopy, failed[1], failed[2])
}

// fill copies a message to the place. After a placeError the next place can be tried; any
// other error is about the message.
func (p place) fill(c *message.Content) (*os.File, error) {
	w, r, err := p.create()
	if err != nil {
		return nil, placeError{err}
	}
	to := &limited{w: w, left: p.limit}
	if err := c.WriteMail(to); err != nil {
		closeFiles(w, r)
		if to.failed != nil {
			return nil, placeError{to.failed}
		}
		return nil, err
	}
	if r, err = complete(w, r); err != nil {
		return nil, placeError{err}
	}
	return r, nil
}

// complete ends the writing of a file and returns it for reading.
func complete(w, r *os.File) (*os.File, error) {
	seal(w)
	if r == nil {
		r = openForReading(w)
	}
	return completed(w, r)
}

// completed returns the reader. If the file could not be opened again, because /proc is
// missing, it returns the writer: a command could use it only to change its own copy.
func completed(w, r *os.File) (*os.File, error) {
	if r == nil {
		if _, err := w.Seek(0, io.SeekStart); err != nil {
			w.Close()
			return nil, err
		}
		return w, nil
	}
	// Some filesystems report only at the close that there was no room.
	if err := w.Close(); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// queueFile makes a file in the queue's own directory.
func (j *job) queueFile() (w, r *os.File, err error) {
	w, err = j.unnamed()
	return w, nil, err
}

// tempFile makes a file in the directory for temporary files. If the directory cannot
// have files without a name, tempFile removes the name at once. Only a crash in between
// leaves the name.
func (j *job) tempFile() (w, r *os.File, err error) {
	if w, err := unnamedIn(j.o.TempDir); err == nil {
		return w, nil, nil
	}
	w, err = os.CreateTemp(j.o.TempDir, "qrun-*")
	if err != nil {
		return nil, nil, err
	}
	// Without /proc this is the only way to a descriptor that cannot write.
	if r, err = os.Open(w.Name()); err != nil {
		r = nil
	}
	if err := os.Remove(w.Name()); err != nil {
		closeFiles(w, r)
		return nil, nil, err
	}
	return w, r, nil
}

// placeError is an error of a place, not of the message.
type placeError struct{ error }

func (e placeError) Unwrap() error { return e.error }

var errTooLong = errors.New("too long for this place")

// limited writes to w up to a limit, and keeps the last failure of w.
type limited struct {
	w      io.Writer
	left   int64
	failed error
}

func (l *limited) Write(p []byte) (int, error) {
	if l.left -= int64(len(p)); l.left < 0 {
		l.failed = errTooLong
		return 0, l.failed
	}
	n, err := l.w.Write(p)
	if err != nil {
		l.failed = err
	}
	return n, err
}
