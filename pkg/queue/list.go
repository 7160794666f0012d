package queue

import (
	"bytes"
	"slices"
	"switchboard/pkg/queue/internal/claims"

	"switchboard/pkg/queue/internal/disk"
)

// File is one name of the directory.
type File struct {
	Name  string
	ID    ID
	State State
}

// Each calls fn for every file of the queue in no order, as the directory is
// read: memory does not grow with it. Links, FIFOs, directories and the like, and
// the halves of old pairs, are Stray whatever their name. An error of fn ends it and
// is returned.
func (d *Dir) Each(fn func(File) error) error {
	return d.each(func(name []byte, regular bool) error {
		text := string(name)
		f := File{Name: text}
		if regular {
			f.ID, f.State = SplitName(text)
		}
		if f.State == Ready && d.isPair(f.ID) {
			f.ID, f.State = ID{}, Stray
		}
		return fn(f)
	})
}

// each reads the names of the directory but for those that this toolkit keeps
// there for itself.
func (d *Dir) each(fn func(name []byte, regular bool) error) error {
	var stopped error
	err := d.dir.Read(func(name []byte, regular bool) error {
		if ours(name) {
			return nil
		}
		stopped = fn(name, regular)
		return stopped
	})
	if err != nil && err != stopped {
		return &Error{Path: d.path, Err: err}
	}
	return err
}

// ours says whether a name is one that this toolkit keeps in a queue beside
// the entries, where no Mailman looks at it.
func ours(name []byte) bool {
	return string(name) == lockName || string(name) == namesLockName || bytes.HasPrefix(name, []byte(claims.Name))
}

// List returns the entries in state s, which is not Stray, that keep accepts (nil:
// all), oldest first.
func (d *Dir) List(s State, keep func(ID) bool) ([]ID, error) {
	list, old, err := d.list(s, keep)
	if err == nil && s == Ready && old != nil {
		list, _, err = d.list(s, old.none(keep))
	}
	slices.SortFunc(list, ID.Compare)
	return list, err
}

// list does it in one look, old pairs included, which it returns.
func (d *Dir) list(s State, keep func(ID) bool) (list []ID, old pairs, err error) {
	err = d.each(func(name []byte, regular bool) error {
		// In a deep queue nearly all entries are in the other state, most often.
		if plain, _, ok := plainName(name); !regular || ok && plain != s {
			return nil
		}
		id, state := SplitName(string(name))
		if state == Stray {
			old.note(name)
		}
		if state == s && state != Stray && (keep == nil || keep(id)) {
			list = append(list, id)
		}
		return nil
	})
	return list, old, err
}

// oldest lists the n oldest ready entries that keep accepts, in order.
func (d *Dir) oldest(n int, keep func(ID) bool) ([]ID, error) {
	list, old, err := d.oldestOf(n, keep)
	if err == nil && old != nil {
		list, _, err = d.oldestOf(n, old.none(keep))
	}
	return list, err
}

// oldestOf does it in one look, old pairs included, which it returns.
func (d *Dir) oldestOf(n int, keep func(ID) bool) (list []ID, old pairs, err error) {
	// latest is the time of the n-th when there are more than n.
	latest, full := 0.0, false
	err = d.each(func(name []byte, regular bool) error {
		if !regular {
			return nil
		}
		// Most names of a deep queue are later than the oldest: the digits in
		// front say so before anything is allocated.
		if _, seconds, ok := plainName(name); ok && full && float64(seconds) > latest {
			return nil
		}
		id, s := SplitName(string(name))
		if s == Stray {
			old.note(name)
		}
		if s != Ready || full && id.time > latest || !keep(id) {
			return nil
		}
		if list = append(list, id); len(list) == 2*n {
			slices.SortFunc(list, ID.Compare)
			list = list[:n]
			latest, full = list[n-1].time, true
		}
		return nil
	})
	slices.SortFunc(list, ID.Compare)
	return list[:min(n, len(list))], old, err
}

// Join is the path of a file of the queue.
func (d *Dir) Join(name string) string { return join(d.path, name) }

// Look says, with ErrState or ErrStray, why a name that a person gave is none of an
// entry in state s. To open what it stands for would let go whoever waits at the other
// end of a FIFO. In a listing the directory says what is a file.
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

// Has says whether there is a file of that name, whatever it is.
func (d *Dir) Has(id ID, s State) bool {
	_, err := d.dir.Lstat(id.Name(s))
	return err == nil
}
