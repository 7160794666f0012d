package queue

import (
	"errors"
	"io"

	"switchboard/pkg/message"
)

// Take writes the copy to a temporary file, which becomes an entry with the others of the
// batch: see batch.rename.
func (b *batch) Take(id ID, c *message.Content, set ...message.Setting) error {
	if err := b.begin(); err != nil {
		return err
	}
	u := unsynced{id: id, message: c.MsgEnd, taken: true}
	defer func() { u.discard(b.dir) }()
	size, err := b.write(&u, c, set)
	if failed, ok := errors.AsType[unread](err); ok {
		return failed.error
	}
	if err != nil {
		return &Error{Path: b.dir.path, Err: err}
	}
	b.join(u, size)
	u.file = nil
	return nil
}

// write makes the temporary file of a copy, and returns its length.
func (b *batch) write(u *unsynced, c *message.Content, set []message.Setting) (size int64, err error) {
	if err := u.makeFile(b.dir, u.id.time); err != nil {
		return 0, err
	}
	if err := copyTo(u.file, reading{c.Pickles()}, c.MetaEnd); err != nil {
		return 0, err
	}
	if len(set) > 0 {
		// Only a synced file gets the entry's name, so that the order of these two is free.
		patch, err := c.Patch(set...)
		if err != nil {
			return 0, unread{err}
		}
		if err := writeTail(u.file, c.MetaEnd, patch); err != nil {
			return 0, err
		}
		if err := flip(u.file, patch); err != nil {
			return 0, err
		}
		size = int64(len(patch.Tail))
	}
	return c.MetaEnd + size, b.own(u.file)
}

// reading marks the failures to read another queue.
type reading struct{ io.ReaderAt }

func (r reading) ReadAt(p []byte, off int64) (n int, err error) {
	n, err = r.ReaderAt.ReadAt(p, off)
	if err == io.EOF && n < len(p) {
		err = io.ErrUnexpectedEOF // somebody has cut the file off
	}
	if err != nil && err != io.EOF {
		err = unread{err}
	}
	return n, err
}

// unread is an error that does not come from the queue that stores.
type unread struct{ error }

func (e unread) Unwrap() error { return e.error }
