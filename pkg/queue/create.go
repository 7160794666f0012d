package queue

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"

	"switchboard/pkg/queue/internal/disk"
)

// queueMode is the mode of a queue directory that we make. Mailman's group may write to
// it, and new files inherit that group.
const queueMode = 0o2770

// Create makes the queue directory (mode 2770) if it is missing, and opens it. Its parent
// must exist. A new directory gets the owner and group of its parent.
func Create(path string, o Options) (*Dir, error) {
	return createWith(disk.OS{}, path, o, nil)
}

// createWith gives a new directory the owner and group of like, or of its parent if that is
// nil. Mailman must be able to handle the entries that root puts there, and to add others.
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
		return nil, explainNamed(&Error{Path: path, Err: err})
	}
	if _, chosen := sys.(trusting); chosen {
		here, err := like.isIn(parent)
		if err == nil && !here {
			err = noQueue{disk.ErrStale}
		}
		if err != nil {
			parent.Close()
			return nil, &Error{Path: path, Err: err}
		}
	}
	model := parent
	if like != nil {
		model = like.dir
	}
	made := makeQueue(parent, filepath.Base(path), model, o)
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
	return d, err
}

// unfinished is the prefix of the name of a queue directory that is being made.
const unfinished = ".switchboard."

// makeQueue makes a queue directory in parent. The error is disk.ErrExist if it is there.
//
// The directory gets its name when it is complete, because others may use it from then on:
// what root's process stored in a directory that still was root's would stay root's. A
// process that is killed leaves an empty directory under the other name, which nobody uses.
func makeQueue(parent disk.Dir, name string, like disk.Dir, o Options) error {
	switch _, err := parent.Relook(name); err {
	case disk.ErrNotExist:
	case nil:
		return disk.ErrExist
	default:
		return err
	}
	draft := unfinished + rand.Text()
	err := makeComplete(parent, draft, like, o)
	if err == nil {
		if err = parent.Rename(draft, parent, name); err == nil {
			return nil
		}
	}
	parent.Rmdir(draft) // what cannot be removed stays, empty
	if disk.Unsupported(err) {
		// A plain rename could replace an empty directory that others have just opened.
		return makeComplete(parent, name, like, o)
	}
	return err
}

// makeComplete makes a directory with the mode of a queue, and the owner and group of like.
func makeComplete(parent disk.Dir, name string, like disk.Dir, o Options) error {
	dir, err := parent.Mkdir(name, queueMode)
	if err != nil {
		return err
	}
	// Otherwise a power cut could leave the name, and undo the owner and the mode.
	if err = own(dir, like); err == nil && !o.NoSync {
		err = dir.Sync()
	}
	return firstError(err, dir.Close())
}

// own gives a directory the owner and group of like, as far as the process may. Users
// other than root own the queue or share it through its group, so the group is enough.
func own(dir, like disk.Dir) error {
	want, err := like.Stat()
	if err != nil {
		return err
	}
	have, err := dir.Stat()
	if err != nil {
		return err
	}
	if have.UID == want.UID && have.GID == want.GID {
		return nil
	}
	if err := dir.Chown(want.UID, want.GID); err != disk.ErrNotPermitted {
		return err
	}
	if err := dir.Chown(-1, want.GID); err != disk.ErrNotPermitted {
		return err
	}
	return nil
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
