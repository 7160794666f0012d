// Package maildir delivers messages to a Maildir.
//
// [Open] opens a Maildir, or makes one. [Dir.Create] begins a message, [Message.Commit] adds
// it, and [Dir.Flush] delivers all that were added.
//
// # Guarantees
//
// A message is in the subdirectory new as a whole, or not at all. Once Flush has told of it,
// its file and its name are durable.
//
// The caller chooses the names, and nothing is overwritten. If the Maildir already has a
// message of that name, new or seen, with the same bytes, Flush delivers no second one, and
// tells the path of the first. So the same delivery can be made again after a crash. If the
// bytes differ, the error is [ErrDiffers].
//
// A kill leaves files in tmp, from which nobody reads. Mail readers delete those that are
// older than 36 hours.
//
// # Assumptions
//
// Nobody changes the bytes of a message, and mail readers move messages from new to cur
// without changing a name up to its colon.
package maildir

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

var (
	// ErrCreate means that the Maildir is not there and cannot be made.
	ErrCreate = errors.New("cannot create")
	// ErrNotMaildir means that a directory has files, but is not a Maildir.
	ErrNotMaildir = errors.New("not a Maildir, and not empty")
	// ErrDiffers means that the Maildir has another message of that name.
	ErrDiffers = errors.New("another message has this name; it is kept")

	errNoParent = errors.New("the parent directory does not exist")
)

// Error is a failure that concerns the Maildir, not a message. Its text is "PATH: CAUSE".
type Error struct {
	Path string
	Err  error
}

func (e *Error) Error() string { return e.Path + ": " + e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

// failed makes an Error of an error of package os, or returns nil.
func failed(path string, err error) error {
	if err == nil {
		return nil
	}
	return &Error{path, cause(err)}
}

// cause returns an error of package os without the names that it has.
func cause(err error) error {
	if p, ok := errors.AsType[*os.PathError](err); ok {
		return p.Err
	}
	if l, ok := errors.AsType[*os.LinkError](err); ok {
		return l.Err
	}
	return err
}

// cannotCreate is an ErrCreate with its reason.
type cannotCreate struct{ error }

func (e cannotCreate) Error() string        { return "cannot create: " + e.error.Error() }
func (e cannotCreate) Unwrap() error        { return e.error }
func (e cannotCreate) Is(target error) bool { return target == ErrCreate }

// Dir is an open Maildir.
type Dir struct {
	path string
	root *os.Root
	// added are the messages that the next Flush delivers.
	added []*Message
	// seen has the file names in cur, by their part before the colon, as of seenAt. It is
	// nil until they are needed.
	seen   map[string]string
	seenAt time.Time
	// made is how many files Create has made.
	made int
}

// parts are the subdirectories of a Maildir.
var parts = []string{"tmp", "new", "cur"}

// Open opens the Maildir at path, and makes it if it is missing. Its parent must exist.
// Nobody but its owner may read a Maildir that Open makes.
func Open(path string) (*Dir, error) {
	path = filepath.Clean(path)
	made := os.Mkdir(path, 0o700)
	if errors.Is(made, fs.ErrNotExist) {
		return nil, &Error{path, cannotCreate{errNoParent}}
	}
	// Nobody needs the right to change the parent of a Maildir that is there.
	if st, err := os.Stat(path); made != nil && (err != nil || !st.IsDir()) {
		if err == nil {
			made = syscall.ENOTDIR
		}
		return nil, &Error{path, cannotCreate{cause(made)}}
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, failed(path, err)
	}
	d := &Dir{path: path, root: root}
	if err := d.complete(made == nil); err != nil {
		root.Close()
		return nil, err
	}
	return d, nil
}

// complete makes the subdirectories that are missing, and all of them durable. A run that
// was killed may have made some of them, without the syncs.
func (d *Dir) complete(fresh bool) error {
	names, err := d.names(".")
	if err != nil {
		return err
	}
	missing, others := slices.Clone(parts), false
	for _, name := range names {
		if i := slices.Index(missing, name); i >= 0 {
			missing = slices.Delete(missing, i, i+1)
		} else {
			others = true
		}
	}
	if len(missing) > 0 && others {
		return &Error{d.path, cannotCreate{ErrNotMaildir}}
	}
	for _, name := range missing {
		if err := d.root.Mkdir(name, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return &Error{d.join(name), cannotCreate{cause(err)}}
		}
	}
	for _, name := range parts {
		// A link could lead to another filesystem, to which no file can be linked.
		st, err := d.root.Lstat(name)
		if err == nil && !st.IsDir() {
			err = syscall.ENOTDIR
		}
		if err != nil {
			return &Error{d.join(name), cannotCreate{cause(err)}}
		}
	}
	if err := d.sync("."); err != nil {
		return err
	}
	parent, err := os.Open(filepath.Dir(d.path))
	if errors.Is(err, fs.ErrPermission) && !fresh {
		return nil // only somebody else can have made the Maildir
	}
	if err == nil {
		err = errors.Join(parent.Sync(), parent.Close())
	}
	return failed(filepath.Dir(d.path), err)
}

// names returns the names in a subdirectory.
func (d *Dir) names(part string) ([]string, error) {
	f, err := d.root.Open(part)
	if err != nil {
		return nil, failed(d.join(part), err)
	}
	defer f.Close()
	names, err := f.Readdirnames(-1)
	return names, failed(d.join(part), err)
}

// sync makes the names in a subdirectory durable.
func (d *Dir) sync(part string) error {
	f, err := d.root.Open(part)
	if err == nil {
		err = errors.Join(f.Sync(), f.Close())
	}
	return failed(d.join(part), err)
}

func (d *Dir) join(name string) string { return filepath.Join(d.path, name) }

// find returns the file, below the Maildir, of the message with that name, or "".
func (d *Dir) find(name string) (string, error) {
	if d.seen == nil {
		if err := d.look(); err != nil {
			return "", err
		}
	}
	file := filepath.Join("new", name)
	if _, err := d.root.Lstat(file); err == nil {
		return file, nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", failed(d.join(file), err)
	}
	if seen, ok := d.seen[name]; ok {
		return filepath.Join("cur", seen), nil
	}
	return "", nil
}

// look reads the names in cur, unless it has done so since they changed.
func (d *Dir) look() error {
	st, err := d.root.Stat("cur")
	if err != nil {
		return failed(d.join("cur"), err)
	}
	if d.seen != nil && st.ModTime().Equal(d.seenAt) {
		return nil
	}
	names, err := d.names("cur")
	if err != nil {
		return err
	}
	d.seen, d.seenAt = make(map[string]string, len(names)), st.ModTime()
	for _, seen := range names {
		key, _, _ := strings.Cut(seen, ":")
		d.seen[key] = seen
	}
	return nil
}

// Close closes the Maildir, and forgets what was added since the last Flush.
func (d *Dir) Close() error {
	for _, m := range d.added {
		m.Abort()
	}
	d.added = nil
	return d.root.Close()
}
