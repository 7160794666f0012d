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

// Options are the settings of a Dir.
type Options struct {
	// Format is the dialect that a Batch writes. Unknown means Mailman2.
	Format message.Dialect
	// Bad is the path of the bad queue. "" means the sibling directory "bad". The
	// directory is created when the first entry is preserved.
	Bad string
	// Shunt is the path of the shunt queue. "" means the sibling directory "shunt". The
	// directory is created when the first entry is shunted.
	Shunt string
	// Trace is called with the old and the new path of each entry that changes its
	// state. The old path is "" if the entry was stored, the new one if it was finished.
	Trace func(from, to string)
	// Notice is called with an *Error if an entry was not claimed because its
	// interrupted move to another queue had to be completed. Claims goes on then.
	Notice func(error)
	// NoSync leaves out every sync: a power cut may lose what was stored or moved.
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
	// relinked has files that moved and must be synced before the directories: see
	// syncRelinked.
	relinked []disk.File
	// bad is the open bad queue, nil until it is needed.
	bad *Dir
	// shunt is the open shunt queue, nil until it is needed.
	shunt *Dir
	// lock is the open lock file, nil until it is needed.
	lock disk.File
	// namesLock is the open file that renames lock where a rename cannot refuse to
	// replace a file, nil until it is needed. namesHeld means that the last attempt to
	// lock it timed out.
	namesLock disk.File
	namesHeld bool
	// ahead is how far the filesystem's clock is ahead, nil until it is needed.
	ahead *time.Duration
	// fsSyncFailed means that the success of a filesystem sync proves nothing any more.
	fsSyncFailed bool
	// stored is the time of the last new entry. The next one gets a later time.
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

// noQueue is the error, in the user's words, of a path that does not lead to the queue.
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

// queueMode is the mode of a queue directory that we make. Mailman's group may write to
// it, and new files inherit that group.
const queueMode = 0o2770

// Create makes the queue directory (mode 2770) if it is missing, and opens it. Its parent
// must exist. A new directory gets the owner and group of its parent.
func Create(path string, o Options) (*Dir, error) {
	parent, err := openWith(disk.OS{}, filepath.Dir(filepath.Clean(path)), Options{})
	if err != nil {
		return createWith(disk.OS{}, path, o, nil)
	}
	d, err := createWith(disk.OS{}, path, o, parent)
	parent.Close()
	return d, err
}

// createWith gives a new directory the owner and group of like, unless that is nil.
// Mailman must be able to handle the entries that root puts there, and to add others.
func createWith(sys disk.System, path string, o Options, like *Dir) (*Dir, error) {
	path = filepath.Clean(path)
	parent, err := sys.OpenDir(filepath.Dir(path))
	if err == disk.ErrAccess {
		// Without the right to read the parent, we could not sync the new name, so we
		// only open what exists.
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
	// The directory's name must be durable before anything in it. A run that was killed
	// may have made the directory without this sync.
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
	// The owner of the parent may have replaced the new directory with a link to one
	// that root must not give away.
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

// noParent is the error of a path whose parent is missing. It names the topmost missing
// directory.
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

// parentMissing is ENOENT of a directory above the queue.
type parentMissing struct{ dir string }

func (e parentMissing) Error() string { return "parent directory " + e.dir + " does not exist" }
func (parentMissing) Unwrap() error   { return disk.ErrNotExist }

// Close closes the directory. It does not sync.
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

// Path returns the path that Open was given.
func (d *Dir) Path() string { return d.path }

// EntryPath returns the path of the entry in state s.
func (d *Dir) EntryPath(id ID, s State) string {
	return strings.TrimRight(d.path, "/") + "/" + id.base + s.Ext()
}

// moved tells Options.Trace of a move, removed of a file that is gone. Without a Trace
// they do not build the paths.
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

// Sync makes all moves so far durable, in every queue that they touched. It syncs the
// queues that entries went to before the queue that they left, and stops at the first
// failure. In the other order a power cut could leave an entry in neither queue.
func (d *Dir) Sync() error {
	for len(d.dirty) > 0 {
		if err := d.dirty[0].dir.Sync(); err != nil {
			return &Error{Path: d.dirty[0].path, Err: err}
		}
		d.dirty = d.dirty[1:]
	}
	return nil
}

// touch records that q has a move that is not yet durable.
func (d *Dir) touch(q *Dir) {
	switch {
	case d.opt.NoSync || slices.Contains(d.dirty, q):
	case q == d:
		d.dirty = append(d.dirty, q)
	default:
		d.dirty = slices.Insert(d.dirty, 0, q)
	}
}

// badPath returns the path of the bad queue.
func (d *Dir) badPath() string {
	if d.opt.Bad != "" {
		return d.opt.Bad
	}
	return sibling(d.path, "bad")
}

// openBad opens the bad queue, and makes it if it is missing.
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
