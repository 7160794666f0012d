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

// Join is the path of a file of the queue.
func (d *Dir) Join(name string) string { return join(d.path, name) }
