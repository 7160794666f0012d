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
			if err == disk.ErrStale {
				return nil, disk.ErrNotExist // see lost
			}
			return nil, cannotLock{err}
		}
		return f, nil
	})
	return f, st, locked, err
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
	if err == nil {
		return f, st, nil
	}
	f.Close()
	if err == disk.ErrStale {
		return nil, disk.Stat{}, disk.ErrNotExist // see lost
	}
	return fail(err)
}

// lost returns the error of a call on an entry's open file. An NFS 3 server does not keep a file
// because a client has it open (ESTALE): another client has finished or discarded the entry.
func lost(err error, s State) error {
	if errors.Is(err, disk.ErrStale) {
		return missing(s)
	}
	return err
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
