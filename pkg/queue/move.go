package queue

import "switchboard/pkg/queue/internal/disk"

// move renames an entry within the queue or into another one on the same filesystem. It
// never replaces a file. The move is not durable until Dir.Sync.
func (d *Dir) move(id ID, from State, to *Dir, as State) error {
	err := d.rename(id, from, to, as)
	if err == nil && as == Ready {
		to.outdate(id)
	}
	return err
}

// rename is move for callers that outdate the claim cache for many entries at once.
func (d *Dir) rename(id ID, from State, to *Dir, as State) error {
	err := d.renameFile(id.Name(from), to, id.Name(as))
	switch err {
	case nil:
		d.touch(to)
		d.touch(d)
		d.moved(id, from, to, as)
		return nil
	case disk.ErrNotExist:
		// rename(2) also fails with ENOENT if the target directory was removed.
		if _, gone := d.dir.Lstat(id.Name(from)); to != d && gone == nil {
			return &Error{Path: to.path, Err: noQueue{err}}
		}
		err = missing(from)
	case disk.ErrExist:
		return &Error{
			Path: d.EntryPath(id, from), Err: conflict(to.EntryPath(id, as)),
			Remedy: conflictRemedy,
		}
	case errNamesBusy:
		return &Error{Path: d.EntryPath(id, from), Err: err, Remedy: namesBusyRemedy}
	}
	return &Error{Path: d.EntryPath(id, from), Err: err}
}

const conflictRemedy = "compare the two files and remove the one that is not wanted"

// conflict is the ErrConflict that names the file in the way.
type conflict string

func (c conflict) Error() string        { return string(c) + " exists; both are kept" }
func (c conflict) Is(target error) bool { return target == ErrConflict }

func (d *Dir) unlinkMoved(id ID, from State) error {
	if err := d.dir.Unlink(id.Name(from)); err != nil && err != disk.ErrNotExist {
		return &Error{Path: d.EntryPath(id, from), Err: err}
	}
	d.touch(d)
	return nil
}
