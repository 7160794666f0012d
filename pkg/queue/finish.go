package queue

import (
	"errors"
	"path/filepath"

	"golang.org/x/sys/unix"

	"switchboard/pkg/message"
)

// Finish removes an entry that is in flight; durable after Sync. ErrState if
// it isn't in flight. A ready entry of the same name is another one.
func (d *Dir) Finish(id ID) error {
	name := id.Name(InFlight)
	st, err := d.dir.Lstat(name)
	if err == nil && !st.regular() {
		err = ErrStray
	}
	if err == nil {
		err = d.dir.Unlink(name)
	}
	if err == unix.ENOENT {
		err = d.missing(id, InFlight)
	}
	if err != nil {
		return &Error{Path: d.EntryPath(id, InFlight), Err: err}
	}
	d.touch(d)
	d.removed(id, InFlight)
	return nil
}

// Requeue makes an entry in flight ready again, uncounted; durable after Sync.
func (d *Dir) Requeue(id ID) error {
	if st, err := d.dir.Lstat(id.Name(InFlight)); err == nil && !st.regular() {
		return &Error{Path: d.EntryPath(id, InFlight), Err: ErrStray}
	}
	return d.move(id, InFlight, d, Ready)
}

// Preserve puts an entry in flight aside, in the bad queue, its origin noted
// in its metadata, and returns its new path. It is durable. On an error the
// entry stays in flight.
func (d *Dir) Preserve(id ID) (string, error) {
	f, st, err := d.open(id, InFlight, directory.OpenRW)
	if err != nil {
		return "", err
	}
	defer func() { f.Close() }()
	bad, err := d.openBad()
	if err != nil {
		return "", err
	}
	// The lock may be the caller's own, a script's: it is no reason to refuse.
	alone, err := f.Lock()
	if err != nil {
		return "", &Error{Path: d.EntryPath(id, InFlight), Err: err}
	}
	if st, err = f.Stat(); err != nil { // it may have been amended before that
		return "", &Error{Path: d.EntryPath(id, InFlight), Err: err}
	}
	content, err := message.Read(f, st.size)
	switch {
	case err == nil:
		var set []message.Setting
		if origin := d.origin(content); content.WhichQueue() != origin {
			set = append(set, message.Setting{Key: "whichq", Value: origin})
		}
		if f, err = d.amend(f, st, id, InFlight, content, alone, set); err != nil {
			return "", err
		}
	case errors.Is(err, ErrMalformed):
		// Nothing can be noted in it; it is put aside as it is.
	default:
		return "", &Error{Path: d.EntryPath(id, InFlight), Err: err}
	}
	if err := d.transfer(f, id, InFlight, bad, Preserved); err != nil {
		return "", err
	}
	return bad.EntryPath(id, Preserved), nil
}

// origin is what an entry of this queue has as whichq: Mailman 2.1 writes the
// queue's absolute path, Mailman 3 its name.
func (d *Dir) origin(c *message.Content) string {
	path := d.path
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	dialect := c.Dialect()
	if dialect == message.Unknown {
		dialect = d.opt.Format
	}
	if dialect == message.Mailman3 {
		return filepath.Base(path)
	}
	return path
}
