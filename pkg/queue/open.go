package queue

import (
	"errors"

	"switchboard/pkg/queue/internal/disk"
)

// open opens an entry's file with how. The error is ErrState if there is no such file,
// and ErrStray if it is not a regular one.
func (d *Dir) open(id ID, s State, how func(disk.Dir, string) (disk.File, error)) (disk.File, disk.Stat, error) {
	f, st, err := d.openName(id.Name(s), how)
	if err == disk.ErrNotExist {
		err = &Error{Path: d.EntryPath(id, s), Err: missing(s)}
	}
	return f, st, err
}

// openLocked opens an entry's file and then takes its lock with lock. locked is false if
// another process holds it. The file's length is read only under the lock: before that,
// others may claim the entry, restore it, and count the restore in place.
func (d *Dir) openLocked(id ID, s State, how func(disk.Dir, string) (disk.File, error), lock func(disk.File) (bool, error)) (f disk.File, st disk.Stat, locked bool, err error) {
	f, st, err = d.open(id, s, func(dir disk.Dir, name string) (disk.File, error) {
		f, err := how(dir, name)
		if err != nil {
			return nil, err
		}
		if locked, err = lock(f); err != nil {
			f.Close()
			return nil, cannotLock{err}
		}
		return f, nil
	})
	return f, st, locked, err
}

// lockClaim locks a file that is open only for reading. COMMAND inherits the file and must
// not be able to write to it; also, a process without write permission can claim an entry.
// NFS 4 does not give such a file an exclusive lock (EBADF). A shared lock is enough:
// restorers take an exclusive lock, so they fail as long as any process has inherited the
// shared one. Between two claimers the rename decides.
func lockClaim(f disk.File) (bool, error) {
	locked, err := f.Lock()
	if errors.Is(err, disk.ErrNotWritable) {
		return f.LockShared()
	}
	return locked, err
}

// cannotLock is the error of a filesystem without locks, or without a free one. It says
// nothing about the entry.
type cannotLock struct{ error }

func (e cannotLock) Error() string { return "cannot lock: " + e.error.Error() }
func (e cannotLock) Unwrap() error { return e.error }

// openName opens a file and checks that it is a regular one. It checks the open file,
// because the name may belong to another file by then. It returns disk.ErrNotExist
// unwrapped.
func (d *Dir) openName(name string, how func(disk.Dir, string) (disk.File, error)) (disk.File, disk.Stat, error) {
	fail := func(err error) (disk.File, disk.Stat, error) {
		return nil, disk.Stat{}, &Error{Path: join(d.path, name), Err: err}
	}
	f, err := how(d.dir, name)
	switch {
	case err == nil:
	case err == disk.ErrNotExist:
		return nil, disk.Stat{}, err
	case disk.Irregular(err):
		return fail(ErrStray)
	default:
		return fail(err)
	}
	st, err := f.Stat()
	if err == nil && !st.Regular() {
		err = ErrStray
	}
	if err != nil {
		f.Close()
		return fail(err)
	}
	return f, st, nil
}

// missing returns the ErrState of an entry that is not in state s.
func missing(s State) error {
	switch s {
	case InFlight:
		return &stateError{"not claimed (already finished or restored)"}
	case Ready:
		return &stateError{"not ready (already claimed or finished)"}
	case Preserved:
		return &stateError{"not preserved (already released)"}
	}
	return &stateError{"no such file"}
}

// stateError is an ErrState whose text depends on the state asked for.
type stateError struct{ text string }

func (e *stateError) Error() string        { return e.text }
func (e *stateError) Is(target error) bool { return target == ErrState }

// Look checks that there is an entry in state s for an ID that a person gave. The error is
// ErrState if there is no such file, and ErrStray if the file is not a regular one. Look
// uses lstat, because opening a FIFO would release its writer. The entries of a listing
// need no such check, because the directory gives the type of each file.
func (d *Dir) Look(id ID, s State) error {
	st, err := d.dir.Lstat(id.Name(s))
	switch {
	case err == disk.ErrNotExist:
		err = missing(s)
	case err == nil && !st.Regular():
		err = ErrStray
	}
	if err != nil {
		return &Error{Path: d.EntryPath(id, s), Err: err}
	}
	return nil
}

// Has reports whether there is a file of that name, of any type.
func (d *Dir) Has(id ID, s State) bool {
	_, err := d.dir.Lstat(id.Name(s))
	return err == nil
}
