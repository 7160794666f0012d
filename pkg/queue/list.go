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

// Each yields every file of the queue in no order, as the directory is read: memory does
// not grow with it. Links, FIFOs, directories and the like, and the halves of old pairs,
// are Stray whatever their name. An error is that the directory cannot be read, and is
// the last.
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

// name is a name of the directory. Its text is good until the next name.
type name struct {
	text    []byte
	regular bool
}

// errBreak ends the reading of a directory whose caller has seen enough.
var errBreak = errors.New("enough names")

// names yields the names of the directory but for those that this toolkit keeps there
// for itself. An error is the last. Nothing is allocated for a name: a deep queue has a
// million of them, and most callers want a few.
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

// ours says whether a name is that of a file of this toolkit's own. No Mailman looks at
// those.
func ours(name []byte) bool {
	return string(name) == lockName || string(name) == namesLockName || bytes.HasPrefix(name, []byte(claims.Name))
}

// List returns the entries in state s, which is not Stray, that keep accepts (nil: all),
// oldest first. It is not an iterator, as it must have the last name to sort them.
func (d *Dir) List(s State, keep func(ID) bool) ([]ID, error) {
	list, old, err := d.list(s, keep)
	if err == nil && s == Ready && old != nil {
		list, _, err = d.list(s, old.none(keep))
	}
	slices.SortFunc(list, ID.Compare)
	return list, err
}

// list lists in one pass over the directory, including old pairs, which it returns.
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

// oldestOf lists in one pass over the directory, including old pairs, which it returns.
func (d *Dir) oldestOf(n int, keep func(ID) bool) (list []ID, old pairs, err error) {
	// latest is the time of the n-th when there are more than n.
	latest, full := 0.0, false
	for name, err := range d.names() {
		if err != nil {
			return nil, old, err
		}
		if !name.regular {
			continue
		}
		// Most names of a deep queue are later than the oldest n. Their digits say so
		// before anything is allocated.
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
