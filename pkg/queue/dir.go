package queue

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/disk"
)

// Options are what a Dir needs to know beyond its path.
type Options struct {
	// Format is what a Batch writes; Mailman2 when Unknown.
	Format message.Dialect
	// Bad is the path of the bad queue; "" is the sibling directory "bad". It
	// is created when the first entry is preserved.
	Bad string
	// Shunt is the path of the shunt queue; "" is the sibling directory
	// "shunt". It is created when the first entry is moved there.
	Shunt string
	// Trace is told each change of state, the old path and the new one; the
	// new one is "" when the entry is finished, the old one when it is stored.
	Trace func(from, to string)
	// Notice is told, as an *Error, of an entry that was to be claimed and whose
	// interrupted move was completed instead. That does not fail the call.
	Notice func(error)
	// NoSync leaves out every sync: what is stored or moved may be lost in a
	// power cut.
	NoSync bool
}

// Dir is an open queue directory. It may be used by one goroutine at a time.
type Dir struct {
	sys  disk.System
	path string
	dir  disk.Dir
	opt  Options
	// dirty are the queues with moves that are not yet durable, d itself last.
	dirty []*Dir
	// relinked are files that moved and are to be synced first: see syncRelinked.
	relinked []disk.File
	// bad is the open bad queue, nil until it is needed.
	bad *Dir
	// shunt is the open shunt queue, nil until it is needed.
	shunt *Dir
	// lock is the open lock file, nil until it is needed.
	lock disk.File
	// namesLock is the open file whose lock renames take where a rename cannot refuse to
	// replace, nil until it is needed. namesHeld says that the lock could not be had.
	namesLock disk.File
	namesHeld bool
	// ahead is how far the filesystem's clock is ahead, nil until it is asked.
	ahead *time.Duration
	// fsSyncFailed says that a sync of the filesystem is not believed again.
	fsSyncFailed bool
	// stored is the last time given to a new entry: later ones get a later one.
	stored float64
	// real is the path without links, "" until it is needed: see Dir.resolved.
	real string
}

// Open opens the queue directory at path. The path may be a link to it.
func Open(path string, o Options) (*Dir, error) { return openWith(disk.OS{}, path, o) }

func openWith(sys disk.System, path string, o Options) (*Dir, error) {
	dir, err := sys.OpenDir(path)
	if err != nil {
		if err == disk.ErrNotExist || err == disk.ErrNotDir {
			return nil, &Error{Path: path, Err: noQueue{err}}
		}
		return nil, &Error{Path: path, Err: err}
	}
	d := &Dir{sys: sys, path: path, dir: dir}
	d.setOptions(o)
	return d, nil
}

func (d *Dir) setOptions(o Options) {
	if o.Notice == nil {
		o.Notice = func(error) {}
	}
	if o.Format == message.Unknown {
		o.Format = message.Mailman2
	}
	d.opt = o
}

// noQueue says in the user's words that a path does not lead to the queue.
type noQueue struct{ error }

func (e noQueue) Error() string {
	switch e.error {
	case disk.ErrNotExist:
		return "no such queue"
	case disk.ErrStale:
		return "is another directory now"
	}
	return "is not a directory"
}
func (e noQueue) Unwrap() error { return e.error }

// queueMode is the mode of a queue directory that we make: Mailman's group
// writes to it, and entries inherit the group.
const queueMode = 0o2770

// Create makes the queue directory (mode 2770) if it isn't there, and opens
// it. Its parent must exist; it is the new one's owner's and group's, too.
func Create(path string, o Options) (*Dir, error) {
	parent, err := openWith(disk.OS{}, filepath.Dir(filepath.Clean(path)), Options{})
	if err != nil {
		return createWith(disk.OS{}, path, o, nil)
	}
	d, err := createWith(disk.OS{}, path, o, parent)
	parent.Close()
	return d, err
}

// createWith gives what it makes the owner and group of the directory like, if there
// is one: what root stores or preserves Mailman must be able to take up, and must
// be able to put its own beside.
func createWith(sys disk.System, path string, o Options, like *Dir) (*Dir, error) {
	path = filepath.Clean(path)
	parent, err := sys.OpenDir(filepath.Dir(path))
	if err == disk.ErrAccess {
		// Who may not even read the parent makes nothing in it: the sync of the new
		// name would fail.
		d, openErr := openWith(sys, path, o)
		if errors.Is(openErr, disk.ErrNotExist) {
			openErr = &Error{Path: path, Err: cannotCreate{err}}
		}
		return d, openErr
	}
	switch err {
	case disk.ErrNotExist:
		err = noParent(path)
	case disk.ErrNotDir:
		err = cannotCreate{err}
	}
	if err != nil {
		return nil, &Error{Path: path, Err: err}
	}
	fresh, made := parent.Mkdir(filepath.Base(path), queueMode)
	if made != nil && made != disk.ErrExist {
		parent.Close()
		return nil, &Error{Path: path, Err: cannotCreate{made}}
	}
	// Before anything in the new directory can be durable its own name must be,
	// also if it was made by a run that was killed.
	if !o.NoSync {
		err = parent.Sync()
	}
	if err = firstError(err, parent.Close()); err != nil {
		return nil, &Error{Path: path, Err: err}
	}
	d, err := openWith(sys, path, o)
	if made != nil && errors.Is(err, disk.ErrNotDir) {
		err = &Error{Path: path, Err: cannotCreate{disk.ErrNotDir}}
	}
	if err != nil || made != nil || like == nil {
		return d, err
	}
	// Who owns the parent may have put a link in its place, to a directory that
	// root must not give away.
	if have, err := d.dir.Stat(); err != nil || !have.Same(fresh) {
		return nil, errors.Join(&Error{Path: path, Err: firstError(err, ErrStray)}, d.Close())
	}
	if err := d.own(like); err != nil {
		return nil, errors.Join(&Error{Path: path, Err: err}, d.Close())
	}
	return d, nil
}

// cannotCreate marks a failure to make a directory.
type cannotCreate struct{ error }

func (e cannotCreate) Error() string        { return "cannot create: " + e.error.Error() }
func (e cannotCreate) Unwrap() error        { return e.error }
func (e cannotCreate) Is(target error) bool { return target == ErrCreate }

// noParent names the directory whose absence keeps path from being made: the first of
// those above it that is missing.
func noParent(path string) error {
	missing := filepath.Dir(path)
	for dir := missing; dir != "." && dir != "/"; dir = filepath.Dir(dir) {
		if _, err := os.Lstat(dir); !errors.Is(err, os.ErrNotExist) {
			break
		}
		missing = dir
	}
	return cannotCreate{parentMissing{missing}}
}

// parentMissing is ENOENT of a directory above.
type parentMissing struct{ dir string }

func (e parentMissing) Error() string { return "parent directory " + e.dir + " does not exist" }
func (parentMissing) Unwrap() error   { return disk.ErrNotExist }

// Close releases the directory. It does not sync.
func (d *Dir) Close() error {
	var err error
	if d.bad != nil {
		err = d.bad.Close()
	}
	err = errors.Join(err, d.closeShunt())
	if d.lock != nil {
		if closed := d.lock.Close(); closed != nil {
			err = errors.Join(err, &Error{Path: join(d.path, lockName), Err: closed})
		}
	}
	d.closeNames()
	if closed := d.dir.Close(); closed != nil {
		err = errors.Join(err, &Error{Path: d.path, Err: closed})
	}
	return err
}

// Path is the path that Open was given.
func (d *Dir) Path() string { return d.path }

// EntryPath is the path of the entry in state s.
func (d *Dir) EntryPath(id ID, s State) string {
	return strings.TrimRight(d.path, "/") + "/" + id.base + s.Ext()
}

// moved tells Options.Trace of a move, removed of an entry that is gone. Where
// nobody listens they make no paths.
func (d *Dir) moved(id ID, from State, to *Dir, as State) {
	if d.opt.Trace != nil {
		d.opt.Trace(d.EntryPath(id, from), to.EntryPath(id, as))
	}
}

func (d *Dir) removed(id ID, from State) {
	if d.opt.Trace != nil {
		d.opt.Trace(d.EntryPath(id, from), "")
	}
}

// Sync makes the moves that were made so far durable, in every queue that they
// touched. Where entries went to is synced before the queue that they left, and
// that one not at all if it fails: the other way round, a power cut could leave
// an entry in neither.
func (d *Dir) Sync() error {
	for len(d.dirty) > 0 {
		if err := d.dirty[0].dir.Sync(); err != nil {
			return &Error{Path: d.dirty[0].path, Err: err}
		}
		d.dirty = d.dirty[1:]
	}
	return nil
}

// touch notes that q has a move which Sync has yet to make durable.
func (d *Dir) touch(q *Dir) {
	switch {
	case d.opt.NoSync || slices.Contains(d.dirty, q):
	case q == d:
		d.dirty = append(d.dirty, q)
	default:
		d.dirty = slices.Insert(d.dirty, 0, q)
	}
}

// badPath is the path of the bad queue.
func (d *Dir) badPath() string {
	if d.opt.Bad != "" {
		return d.opt.Bad
	}
	return sibling(d.path, "bad")
}

// openBad opens the bad queue, and makes it if need be.
func (d *Dir) openBad() (*Dir, error) {
	if d.bad != nil {
		return d.bad, nil
	}
	bad, err := d.create(d.badPath(), d.opt.Bad == "")
	if err != nil {
		return nil, err
	}
	d.bad = bad
	return bad, nil
}
