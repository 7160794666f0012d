package queue

import (
	"errors"
	"io"
	"os"
	"time"

	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/disk"
)

// Entry is an entry open for reading.
type Entry struct {
	ID    ID
	State State
	// Content is nil when the file could not be read as an entry.
	Content *message.Content
	Info    Info
	path    string
	file    disk.File
}

// Info is what the system says of a file.
type Info struct{ s disk.Stat }

// Size is the length in bytes.
func (i Info) Size() int64 { return i.s.Size }

// Mode is the permission bits.
func (i Info) Mode() os.FileMode { return os.FileMode(i.s.Mode & 0o777) }

// ModTime is when the content changed last.
func (i Info) ModTime() time.Time { return i.s.ModTime }

// ChangeTime is when the file was claimed, restored or written last.
func (i Info) ChangeTime() time.Time { return i.s.ChangeTime }

// Owner is the file's numeric owner and group.
func (i Info) Owner() (uid, gid int) { return i.s.UID, i.s.GID }

// Read opens an entry and reads its metadata. With an error that is
// ErrMalformed there is an Entry all the same, which has no Content.
func (d *Dir) Read(id ID, s State) (*Entry, error) {
	f, st, err := d.open(id, s, disk.Dir.Open)
	if err != nil {
		return nil, err
	}
	return readEntry(&Entry{ID: id, State: s, Info: Info{st}, path: d.EntryPath(id, s), file: f})
}

// ReadFile reads a file that somebody named, whatever it is called: an entry
// under a name that no queue lists, or a copy of one. Its extension is its
// State. It must be a regular file, as in a queue. Without a file base in its
// name the ID is the zero one.
func (d *Dir) ReadFile(name string) (*Entry, error) {
	// As in Look: what a FIFO's name stands for must not be opened.
	if st, err := d.dir.Lstat(name); err == nil && !st.Regular() {
		return nil, &Error{Path: join(d.path, name), Err: ErrStray}
	}
	f, st, err := d.openName(name, disk.Dir.Open)
	if err == disk.ErrNotExist {
		err = &Error{Path: join(d.path, name), Err: err}
	}
	if err != nil {
		return nil, err
	}
	e := &Entry{State: StateOfExt(name), Info: Info{st}, path: join(d.path, name), file: f}
	if id, s := SplitName(name); s != Stray {
		e.ID = id
	}
	return readEntry(e)
}

func readEntry(e *Entry) (*Entry, error) {
	content, err := message.Read(e.file, e.Info.s.Size)
	if err == nil {
		e.Content = content
		return e, nil
	}
	err = &Error{Path: e.path, Err: err}
	if errors.Is(err, ErrMalformed) {
		return e, err
	}
	e.file.Close()
	return nil, err
}

// ReaderAt reads the file's bytes.
func (e *Entry) ReaderAt() io.ReaderAt { return e.file }

// Path is the entry's path.
func (e *Entry) Path() string { return e.path }

// Close closes the file. The Content must not be used any more.
func (e *Entry) Close() error {
	if e.Content != nil {
		e.Content.Release()
	}
	return e.file.Close()
}

// Info says what Read would, of the directory itself.
func (d *Dir) Info() (Info, error) {
	st, err := d.dir.Stat()
	if err != nil {
		return Info{}, &Error{Path: d.path, Err: err}
	}
	return Info{st}, nil
}

// open opens an entry's file with how. ErrState when there is no such file,
// ErrStray when it is something else.
func (d *Dir) open(id ID, s State, how func(disk.Dir, string) (disk.File, error)) (disk.File, disk.Stat, error) {
	f, st, err := d.openName(id.Name(s), how)
	if err == disk.ErrNotExist {
		err = &Error{Path: d.EntryPath(id, s), Err: missing(s)}
	}
	return f, st, err
}

// openLocked is open with the file's lock, taken by lock, if nobody else has that.
// Only then is it asked how long it is: before, others may have claimed the entry,
// restored it, and counted that in place.
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

// lockClaim locks a file that is open for reading alone: what COMMAND inherits must
// not be able to write, and who may only read an entry can claim it. NFS 4 gives such
// a file no exclusive lock (EBADF), but a shared one, and that does as well: it keeps
// the restorers away, whose locks are exclusive, for as long as anybody has this
// opening of the file; and who of two claimers has the entry is decided by the
// rename.
func lockClaim(f disk.File) (bool, error) {
	locked, err := f.Lock()
	if errors.Is(err, disk.ErrNotWritable) {
		return f.LockShared()
	}
	return locked, err
}

// cannotLock is a filesystem that has no locks, or no more of them. It says nothing
// of what the file is.
type cannotLock struct{ error }

func (e cannotLock) Error() string { return "cannot lock: " + e.error.Error() }
func (e cannotLock) Unwrap() error { return e.error }

// openName opens a file and makes sure that it is a regular one: what was
// opened is asked, not the name, which may have been swapped. ENOENT it returns
// as it is.
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

// missing says that an entry is not in state s.
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

// stateError is ErrState in the words of the state asked for.
type stateError struct{ text string }

func (e *stateError) Error() string        { return e.text }
func (e *stateError) Is(target error) bool { return target == ErrState }
