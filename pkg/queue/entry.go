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
	// Content is nil if the file could not be read as an entry.
	Content *message.Content
	Info    Info
	path    string
	file    file
}

// file is what an entry is read from.
type file interface {
	io.ReaderAt
	io.Closer
}

// NewEntry reads the metadata of an entry of another kind of queue, which has the given path
// and is info.Size() bytes long. The Entry closes the file, which has the same bytes as a
// file in a directory. The errors are those of [Dir.Read].
func NewEntry(path string, id ID, s State, info Info, file interface {
	io.ReaderAt
	io.Closer
}) (*Entry, error) {
	return readEntry(&Entry{ID: id, State: s, Info: info, path: path, file: file})
}

// Info is what stat(2) says about a file.
type Info struct{ s disk.Stat }

// NewInfo returns the Info of an entry of another kind of queue. It has the mode that this
// toolkit gives a file, and no owner.
func NewInfo(size int64, modified, changed time.Time) Info {
	return Info{disk.Stat{Size: size, ModTime: modified, ChangeTime: changed, Mode: ourMode, UID: -1, GID: -1}}
}

// Size returns the length in bytes.
func (i Info) Size() int64 { return i.s.Size }

// Mode returns the permission bits.
func (i Info) Mode() os.FileMode { return os.FileMode(i.s.Mode & 0o777) }

// ModTime returns when the content last changed.
func (i Info) ModTime() time.Time { return i.s.ModTime }

// ChangeTime returns when the file was last claimed, restored or written.
func (i Info) ChangeTime() time.Time { return i.s.ChangeTime }

// Owner returns the file's numeric owner and group.
func (i Info) Owner() (uid, gid int) { return i.s.UID, i.s.GID }

// Read opens an entry and reads its metadata. If the error is [ErrMalformed], Read also
// returns an [Entry], without Content, which the caller must close.
func (d *Dir) Read(id ID, s State) (*Entry, error) {
	f, st, err := d.open(id, s, disk.Dir.Open)
	if err != nil {
		return nil, err
	}
	return readLive(&Entry{ID: id, State: s, Info: Info{st}, path: d.EntryPath(id, s), file: f}, f)
}

// ReadFile reads a regular file with any name, such as a copy of an entry. The [State] is
// that of the file's extension. The [ID] is zero if the name has no file base. Errors are
// those of [Dir.Read].
func (d *Dir) ReadFile(name string) (*Entry, error) {
	// As in Look: opening a FIFO would release its writer.
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
	return readLive(e, f)
}

// readLive reads a file that is not locked. Another process may change its metadata after the
// file's length was read: its pickle may then go on behind that. So a malformed file whose length
// has changed is read again.
func readLive(e *Entry, f disk.File) (*Entry, error) {
	for range mostChanges {
		read, err := readEntry(e)
		if !errors.Is(err, ErrMalformed) {
			return read, err
		}
		st, failed := f.Stat()
		if failed != nil || st.Size == e.Info.s.Size {
			return read, err
		}
		e.Info = Info{st}
	}
	return readEntry(e)
}

// mostChanges is how often a file is read again because it has changed. The owner of a queue
// could change it again and again.
const mostChanges = 10

func readEntry(e *Entry) (*Entry, error) {
	content, err := message.Read(e.file, e.Info.s.Size)
	if err == nil {
		e.Content = content
		return e, nil
	}
	err = &Error{Path: e.path, Err: lost(err, e.State)}
	if errors.Is(err, ErrMalformed) {
		return e, err
	}
	e.file.Close()
	return nil, err
}

// ReaderAt returns a reader of the file's bytes.
func (e *Entry) ReaderAt() io.ReaderAt { return e.file }

// Path returns the entry's path.
func (e *Entry) Path() string { return e.path }

// Close closes the file. The Content must not be used any more.
func (e *Entry) Close() error {
	if e.Content != nil {
		e.Content.Release()
	}
	return e.file.Close()
}

// Info returns the Info of the directory itself.
func (d *Dir) Info() (Info, error) {
	st, err := d.dir.Stat()
	if err != nil {
		return Info{}, &Error{Path: d.path, Err: err}
	}
	return Info{st}, nil
}

// Join returns the path of the file called name in the queue.
func (d *Dir) Join(name string) string { return join(d.path, name) }
