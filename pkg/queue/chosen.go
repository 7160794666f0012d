package queue

import (
	"errors"
	"io"
	"io/fs"
	"path/filepath"

	"switchboard/pkg/queue/internal/disk"
)

// This package opens a queue that a person or the configuration named wherever its path
// leads; only root does not follow every link that somebody else made (see disk.System). It
// also opens queues that nobody named: the bad and shunt queues next to a queue, and queues
// that the metadata of an entry names. Whoever can write to the queue controls those paths,
// and could use a link to make root write to any directory. When root works on another
// user's queue, it therefore follows only links that root made, and enters only directories
// that this user or the queue's group may write to anyway.

// guarded reports whether these rules apply to the queues that nobody named.
func (d *Dir) guarded() (bool, error) {
	if !d.sys.Root() {
		return false, nil
	}
	st, err := d.dir.Stat()
	if err != nil {
		return false, &Error{Path: d.path, Err: err}
	}
	return st.UID != 0, nil
}

// trusting is a disk.System whose OpenDir is OpenTrusted.
type trusting struct{ disk.System }

func (t trusting) OpenDir(path string) (disk.Dir, error) { return t.OpenTrusted(path) }

// openChosen opens a queue that nobody named.
func (d *Dir) openChosen(path string) (*Dir, error) {
	guarded, err := d.guarded()
	if err != nil {
		return nil, err
	}
	if !guarded {
		return openWith(d.sys, path, d.opt)
	}
	chosen, err := openWith(trusting{d.sys}, path, d.opt)
	if err != nil {
		return nil, explainPlanted(err)
	}
	return d.accept(chosen, "")
}

// create opens a queue and makes it if it is missing. chosen means that nobody named it.
func (d *Dir) create(path string, chosen bool) (*Dir, error) {
	if chosen {
		guarded, err := d.guarded()
		if err != nil {
			return nil, err
		}
		if guarded {
			q, err := createWith(trusting{d.sys}, path, d.opt, d)
			if err != nil {
				return nil, explainPlanted(err)
			}
			return d.accept(q, filepath.Base(path))
		}
	}
	return createWith(d.sys, path, d.opt, d)
}

// accept returns a chosen queue if it belongs to the owner or the group of d, and
// otherwise closes it and fails. An empty queue that root owns is given away first: a run
// that was killed may have made it and not come to that, where no rename refuses to replace
// (see makeQueue). made is the name that the caller makes it by, or "".
func (d *Dir) accept(chosen *Dir, made string) (*Dir, error) {
	chosen.sys = d.sys
	mine, err := d.dir.Stat()
	if err != nil {
		return nil, errors.Join(&Error{Path: d.path, Err: err}, chosen.Close())
	}
	its, err := chosen.dir.Stat()
	if err == nil && !sharedWith(its, mine) {
		err = error(foreignOwner{})
		if its.UID == 0 && d.makesBeside(its, made) && chosen.empty() {
			err = own(chosen.dir, d.dir)
		}
	}
	if err != nil {
		return nil, errors.Join(&Error{Path: chosen.path, Err: err, Remedy: chosenRemedy}, chosen.Close())
	}
	return chosen, nil
}

// makesBeside reports whether a directory is next to d, without a link, and has the name
// of a queue that root makes there: bad, shunt, retry or made. A link or an entry led to any other
// directory, and root must not give that away.
func (d *Dir) makesBeside(dir disk.Stat, made string) bool {
	parent, err := d.sys.OpenTrusted(filepath.Dir(d.resolved()))
	if err != nil {
		return false
	}
	defer parent.Close()
	if here, err := d.isIn(parent); err != nil || !here {
		return false
	}
	for _, name := range []string{"bad", "shunt", "retry", made} {
		if name == "" {
			continue
		}
		if st, err := parent.Lstat(name); err == nil && st.Same(dir) {
			return true
		}
	}
	return false
}

// isIn reports whether d is in the directory parent. Between looking for links in the path
// of d and using what was found, the owner of d could make a link that leads elsewhere.
func (d *Dir) isIn(parent disk.Dir) (bool, error) {
	its, err := parent.Stat()
	if err != nil {
		return false, err
	}
	above, err := d.dir.Above()
	return err == nil && above.Same(its), err
}

// sharedWith reports whether directory s has the owner of directory o, or lets the group
// of o write.
func sharedWith(s, o disk.Stat) bool {
	return s.UID == o.UID || s.GID == o.GID && s.GroupWrites()
}

// empty reports whether the directory is empty.
func (d *Dir) empty() bool {
	return d.dir.Read(func([]byte, bool) error { return io.EOF }) == nil
}

const chosenRemedy = "name the directory, with an option or in the configuration, if it is the right one"

// explainNamed says what to do about a link in the path of a queue that was named.
func explainNamed(e *Error) *Error {
	if e.Err == disk.ErrPlanted {
		e.Remedy = "name the directory that the link leads to"
	}
	return e
}

func explainPlanted(err error) error {
	var e *Error
	if errors.Is(err, disk.ErrPlanted) && errors.As(err, &e) {
		e.Remedy = chosenRemedy
	}
	return err
}

// refused reports whether err means that root does not enter a chosen directory.
func refused(err error) bool {
	return errors.Is(err, disk.ErrPlanted) || errors.As(err, new(foreignOwner))
}

// foreignOwner is the error of a directory that root does not enter unless it was named.
type foreignOwner struct{}

func (foreignOwner) Error() string        { return "belongs to neither the queue's owner nor its group" }
func (foreignOwner) Is(target error) bool { return target == fs.ErrPermission }
