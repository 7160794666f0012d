package queue

import (
	"errors"
	"io"
	"io/fs"
	"path/filepath"

	"switchboard/pkg/queue/internal/disk"
)

// A queue that a person or the configuration names is followed wherever its path
// leads. One that this package chooses, beside the queue or because an entry's
// metadata names it, is chosen by whoever can write there: the queue's owner could
// have root put files into any directory by a link. When root works on the queue of
// another owner, it therefore follows only links that it made itself, and goes only
// into directories in which that owner, or the queue's group, may write anyway.

// guarded says whether the queues that this package chooses are held to that.
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

// trusting is a system that opens directories as OpenTrusted does.
type trusting struct{ disk.System }

func (t trusting) OpenDir(path string) (disk.Dir, error) { return t.OpenTrusted(path) }

// openChosen opens a queue that this package chose.
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
	return d.accept(chosen)
}

// create opens a queue and makes it if need be; chosen says that nobody named it.
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
			return d.accept(q)
		}
	}
	return createWith(d.sys, path, d.opt, d)
}

// accept returns a chosen queue if it belongs to the owner of d or to its group, and
// else closes it. One without a file that root owns was left by a run that was killed
// before it gave the queue away.
func (d *Dir) accept(chosen *Dir) (*Dir, error) {
	chosen.sys = d.sys
	mine, err := d.dir.Stat()
	if err != nil {
		return nil, errors.Join(&Error{Path: d.path, Err: err}, chosen.Close())
	}
	its, err := chosen.dir.Stat()
	if err == nil && !sharedWith(its, mine) {
		err = error(foreignOwner{})
		if its.UID == 0 && d.makesBeside(its) && chosen.empty() {
			err = chosen.own(d)
		}
	}
	if err != nil {
		return nil, errors.Join(&Error{Path: chosen.path, Err: err, Remedy: chosenRemedy}, chosen.Close())
	}
	return chosen, nil
}

// makesBeside says whether a directory is beside d, not behind a link, under the name
// of a queue that root makes there. Any other directory was chosen by a link or by what
// an entry says: root must not give that away.
func (d *Dir) makesBeside(dir disk.Stat) bool {
	parent, err := d.sys.OpenTrusted(filepath.Dir(d.resolved()))
	if err != nil {
		return false
	}
	defer parent.Close()
	for _, name := range []string{"bad", "shunt"} {
		if st, err := parent.Lstat(name); err == nil && st.Same(dir) {
			return true
		}
	}
	return false
}

// sharedWith says whether a directory belongs to the owner of another one, or lets
// the other one's group write.
func sharedWith(s, o disk.Stat) bool {
	return s.UID == o.UID || s.GID == o.GID && s.GroupWrites()
}

// empty says whether the queue has no file of any kind.
func (d *Dir) empty() bool {
	return d.dir.Read(func([]byte, bool) error { return io.EOF }) == nil
}

const chosenRemedy = "name the directory, with an option or in the configuration, if it is the right one"

func explainPlanted(err error) error {
	var e *Error
	if errors.Is(err, disk.ErrPlanted) && errors.As(err, &e) {
		e.Remedy = chosenRemedy
	}
	return err
}

// refused says whether an error is that root does not go to a chosen directory.
func refused(err error) bool {
	return errors.Is(err, disk.ErrPlanted) || errors.As(err, new(foreignOwner))
}

// foreignOwner is a directory that root does not choose by itself.
type foreignOwner struct{}

func (foreignOwner) Error() string        { return "belongs to neither the queue's owner nor its group" }
func (foreignOwner) Is(target error) bool { return target == fs.ErrPermission }
