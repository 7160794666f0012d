package queue

import (
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"switchboard/pkg/message"
)

// BringBack moves an entry that is put aside, preserved or in a shunt queue
// ready, to the queue to, where it is ready, its count of restores 0 again. It
// is durable. With dryRun it only says what it would do.
func (d *Dir) BringBack(id ID, from State, to *Dir, dryRun bool) (Restored, error) {
	path := d.EntryPath(id, from)
	r := Restored{ID: id, From: path, To: to.EntryPath(id, Ready)}
	f, _, err := d.open(id, from, directory.OpenRW)
	if err != nil {
		return r, err
	}
	defer func() { f.Close() }()
	if locked, err := f.Lock(); err != nil || !locked {
		return r, &Error{Path: path, Err: firstError(err, ErrBusy)}
	}
	st, err := f.Stat()
	if err != nil {
		return r, &Error{Path: path, Err: err}
	}
	if now, err := d.dir.Lstat(id.Name(from)); err == unix.ENOENT || err == nil && !now.same(st) {
		return r, &Error{Path: path, Err: d.missing(id, from)}
	} else if err != nil {
		return r, &Error{Path: path, Err: err}
	}
	if _, err := to.dir.Lstat(id.Name(InFlight)); err == nil {
		return r, &Error{Path: path, Err: conflict(to.EntryPath(id, InFlight))}
	}
	content, err := message.Read(f, st.size)
	if err != nil {
		return r, &Error{Path: path, Err: err, Remedy: "qcat --raw shows how far it can be read"}
	}
	if dryRun {
		return r, nil
	}
	var set []message.Setting
	if v := content.Value(countKey); v != nil && content.Restores() != 0 {
		set = append(set, message.Setting{Key: countKey, Value: 0})
	}
	if f, err = d.amend(f, st, id, from, content, true, set); err != nil {
		return r, err
	}
	return r, d.transfer(f, id, from, to, Ready)
}

// Origin is the path of the queue that an entry, preserved or in a shunt queue
// ready, came from: its whichq, when that is a directory beside d or one of
// the queues known by name; else the error is ErrOrigin. A whichq is data of
// unknown authors: nothing else is looked at.
func (d *Dir) Origin(id ID, from State, known map[string]string) (string, error) {
	e, err := d.Read(id, from)
	if e != nil {
		defer e.Close()
	}
	if err != nil {
		return "", err
	}
	which := e.Content.WhichQueue()
	fail := func(why string) (string, error) {
		return "", &Error{Path: e.Path(), Err: originError(why), Remedy: "name the queue with --to"}
	}
	if which == "" {
		return fail("its metadata has no whichq")
	}
	if path, ok := known[which]; ok {
		return path, nil
	}
	for _, path := range known {
		if filepath.Clean(path) == filepath.Clean(which) {
			return path, nil
		}
	}
	name := filepath.Base(which)
	path := sibling(d.path, name)
	switch {
	case name == "." || name == ".." || name == "/" || strings.ContainsRune(which, 0):
		return fail("its whichq names no queue: " + quote(which))
	case strings.Contains(which, "/") && !samePath(which, path):
		return fail("its whichq is no queue beside this one: " + quote(which))
	case samePath(path, d.path):
		return fail("its whichq is this queue itself: " + quote(which))
	}
	dir, err := d.sys.OpenDir(path)
	if err == unix.ENOENT || err == unix.ENOTDIR || err == unix.ENAMETOOLONG {
		return fail("its whichq names no queue: " + quote(which))
	}
	if err != nil {
		return "", &Error{Path: path, Err: err}
	}
	dir.Close()
	return path, nil
}

// originError is ErrOrigin with the reason.
type originError string

func (e originError) Error() string        { return string(e) }
func (e originError) Is(target error) bool { return target == ErrOrigin }
