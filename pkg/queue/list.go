package queue

import (
	"bytes"
	"errors"
	"iter"
	"slices"

	"switchboard/pkg/queue/internal/claims"
)

// File is one name of the directory.
type File struct {
	Name  string
	ID    ID
	State State
}

// Each yields every file of the queue, in the order of the directory, so it needs little
// memory for any queue. Links, FIFOs, directories and the halves of old pairs are Stray
// whatever their name. If the directory cannot be read, Each yields the error and ends.
func (d *Dir) Each() iter.Seq2[File, error] {
	return func(yield func(File, error) bool) {
		for name, err := range d.names() {
			if err != nil {
				yield(File{}, err)
				return
			}
			f := File{Name: string(name.text)}
			if name.regular {
				f.ID, f.State = SplitName(f.Name)
			}
			if f.State == Ready && d.isPair(f.ID) {
				f.ID, f.State = ID{}, Stray
			}
			if !yield(f, nil) {
				return
			}
		}
	}
}

// name is a name in the directory. Its text is valid until the next name.
type name struct {
	text    []byte
	regular bool
}

// errBreak ends the reading of a directory when the caller has seen enough.
var errBreak = errors.New("enough names")

// names yields the names in the directory, except those of the toolkit's own files. It
// ends after an error. It allocates nothing for a name: a deep queue has a million names,
// and most callers want a few of them.
func (d *Dir) names() iter.Seq2[name, error] {
	return func(yield func(name, error) bool) {
		err := d.dir.Read(func(text []byte, regular bool) error {
			if !ours(text) && !yield(name{text, regular}, nil) {
				return errBreak
			}
			return nil
		})
		if err != nil && err != errBreak {
			yield(name{}, &Error{Path: d.path, Err: err})
		}
	}
}

// ours reports whether a name is that of one of the toolkit's own files. Mailman ignores
// them.
func ours(name []byte) bool {
	return string(name) == lockName || string(name) == namesLockName || bytes.HasPrefix(name, []byte(claims.Name))
}

// List returns the entries in state s that keep accepts (nil: all), oldest first. s must
// not be Stray. List is not an iterator, because sorting needs all names.
func (d *Dir) List(s State, keep func(ID) bool) ([]ID, error) {
	list, old, err := d.list(s, keep)
	if err == nil && s == Ready && old != nil {
		list, _, err = d.list(s, old.none(keep))
	}
	slices.SortFunc(list, ID.Compare)
	return list, err
}

// list lists in one pass over the directory. Its list may include old pairs, which it
// also returns.
func (d *Dir) list(s State, keep func(ID) bool) (list []ID, old pairs, err error) {
	for name, err := range d.names() {
		if err != nil {
			return list, old, err
		}
		// In most deep queues nearly all entries are in the same, other state.
		if plain, _, ok := plainName(name.text); !name.regular || ok && plain != s {
			continue
		}
		id, state := SplitName(string(name.text))
		if state == Stray {
			old.note(name.text)
		}
		if state == s && state != Stray && (keep == nil || keep(id)) {
			list = append(list, id)
		}
	}
	return list, old, nil
}

// oldest lists the n oldest ready entries that keep accepts, in order.
func (d *Dir) oldest(n int, keep func(ID) bool) ([]ID, error) {
	list, old, err := d.oldestOf(n, keep)
	if err == nil && old != nil {
		list, _, err = d.oldestOf(n, old.none(keep))
	}
	return list, err
}

// oldestOf lists in one pass over the directory. Its list may include old pairs, which it
// also returns.
func (d *Dir) oldestOf(n int, keep func(ID) bool) (list []ID, old pairs, err error) {
	// Once the list is full, latest is the time of the n-th oldest entry so far.
	latest, full := 0.0, false
	for name, err := range d.names() {
		if err != nil {
			return nil, old, err
		}
		if !name.regular {
			continue
		}
		// Most names of a deep queue are later than the oldest n. They are skipped here,
		// without an allocation.
		if _, seconds, ok := plainName(name.text); ok && full && float64(seconds) > latest {
			continue
		}
		id, s := SplitName(string(name.text))
		if s == Stray {
			old.note(name.text)
		}
		if s != Ready || full && id.time > latest || !keep(id) {
			continue
		}
		if list = append(list, id); len(list) == 2*n {
			slices.SortFunc(list, ID.Compare)
			list = list[:n]
			latest, full = list[n-1].time, true
		}
	}
	slices.SortFunc(list, ID.Compare)
	return list[:min(n, len(list))], old, nil
}
