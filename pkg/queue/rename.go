package queue

import "switchboard/pkg/queue/internal/disk"

// No rename of this package replaces a file. Where the kernel can refuse to replace one,
// a rename is one call: renameat2(2) with RENAME_NOREPLACE. It cannot on NFS, on some
// FUSE filesystems, before Linux 3.15, and on the BSDs. There a rename is a look at the
// new name and a plain rename(2), and only a lock keeps others from taking the name in
// between: see lockNames.
//
// Three other ways were considered:
//   - link(2) to the new name and unlink(2) of the old one need no lock. But between
//     the two, and permanently after a crash there, an entry is both ready and in
//     flight. Only the lock file is named this way, because two names of it do no harm.
//   - A rename by way of a name of this process's own leaves a moment, and after a crash
//     more than a moment, in which no Mailman knows the entry.
//   - fcntl(2) locks on switchboard.lock are released when the process closes any
//     descriptor of that file. flock(2) on it would exclude the slices' locks on NFS,
//     where both are the same locks.

// move renames an entry within the queue or into another one on the same filesystem. It
// never replaces a file. The move is not durable until Dir.Sync.
func (d *Dir) move(id ID, from State, to *Dir, as State) error {
	err := d.rename(id, from, to, as)
	if err == nil && as == Ready {
		to.announce(func(yield func(ID) bool) { yield(id) })
	}
	return err
}

// rename is move for callers that announce many entries to the claim cache at once.
func (d *Dir) rename(id ID, from State, to *Dir, as State) error {
	err := d.renameFile(id.Name(from), to, id.Name(as))
	switch err {
	case nil:
		d.touch(to)
		d.touch(d)
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

// renameFile gives a file of this queue a name in another queue, or another name in this
// one. The error is disk.ErrExist if the name is taken, and disk.ErrNotExist if the old
// one has gone.
func (d *Dir) renameFile(name string, to *Dir, newName string) error {
	for range fewTimes {
		err := d.dir.Rename(name, to.dir, newName)
		if disk.Unsupported(err) {
			return d.renameLocked(name, to, newName)
		}
		if err != disk.ErrExist {
			return err
		}
		// On NFS the kernel may have found the new name in its cache.
		if err := d.taken(name, to, newName); err != nil {
			return err
		}
	}
	return disk.ErrExist
}

// renameLocked replaces a rename that refuses to replace. It looks at the old name first:
// a process that loses a race for an entry finds it under the new name, and that is not a
// conflict. The names may change all the same: Mailman does not take the lock, and a
// machine without network for a while has lost it.
func (d *Dir) renameLocked(name string, to *Dir, newName string) error {
	unlock, err := to.lockNames()
	if err != nil {
		return err
	}
	defer unlock()
	for range fewTimes {
		if _, err := d.dir.Relook(name); err != nil {
			return err
		}
		if _, err := to.dir.Relook(newName); err == disk.ErrNotExist {
			return d.dir.Replace(name, to.dir, newName)
		} else if err != nil {
			return err
		}
		if err := d.taken(name, to, newName); err != nil {
			return err
		}
	}
	return disk.ErrExist
}

// fewTimes is how often a rename finds its new name taken and then free.
const fewTimes = 3

// taken returns why a file cannot have a name that was found to be taken, or nil if that is
// free now. It is not a conflict if another process has moved this very file to the new name,
// even if it has moved it back since.
func (d *Dir) taken(name string, to *Dir, newName string) error {
	mine, err := d.dir.Relook(name)
	if err != nil {
		return err
	}
	there, err := to.dir.Relook(newName)
	switch {
	case err == disk.ErrNotExist:
		return nil
	case err == nil && to == d && there.Nlink == 1 && there.Same(mine):
		return disk.ErrNotExist
	case err == nil:
		return disk.ErrExist
	}
	return err
}

// exchange gives a file that was just written the name of another one, and gives the
// other one the file's name. Where the kernel cannot exchange them, it replaces the other
// one. It looks at that first: a file that has gone must stay gone.
func (d *Dir) exchange(fresh, name string) error {
	err := d.dir.Exchange(fresh, name)
	if !disk.Unsupported(err) {
		return err
	}
	unlock, err := d.lockNames()
	if err != nil {
		return err
	}
	defer unlock()
	if _, err := d.dir.Relook(name); err != nil {
		return err
	}
	return d.dir.Replace(fresh, d.dir, name)
}
