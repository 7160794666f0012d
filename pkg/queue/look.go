package queue

import (
	"bytes"
	"iter"
	"time"

	"switchboard/pkg/queue/internal/disk"
)

// File is one name of the directory.
type File struct {
	Name  string
	ID    ID
	State State
	// Doubled says that a ready entry may also be in flight, which [Dir.Has] tells. It is
	// false if the entry was not in flight when Each began.
	Doubled bool
}

// Each yields every file of the queue, in the order of the directory, so it needs little
// memory for any queue. Links, FIFOs, directories and the halves of old pairs are [Stray]
// whatever their name. If the directory cannot be read, Each yields the error and ends.
//
// Each reads the directory twice. The first time it only searches for the names that
// change what a ready entry is, because asking for these with lstat would take longer
// than all the names.
func (d *Dir) Each() iter.Seq2[File, error] {
	return func(yield func(File, error) bool) {
		old, claimed, err := d.besides()
		if err != nil {
			yield(File{}, err)
			return
		}
		for name, err := range d.names() {
			if err != nil {
				yield(File{}, err)
				return
			}
			f := File{Name: string(name.text)}
			if name.regular {
				f.ID, f.State = splitName(name.text, f.Name)
			}
			if f.State == Ready {
				if old[f.ID.base] {
					f.ID, f.State = ID{}, Stray
				} else {
					f.Doubled = claimed.has(f.ID)
				}
			}
			if !yield(f, nil) {
				return
			}
		}
	}
}

// besides searches the directory for old pairs and for entries in flight.
func (d *Dir) besides() (old pairs, claimed bakNames, err error) {
	for name, err := range d.names() {
		if err != nil {
			return nil, bakNames{}, err
		}
		switch {
		case bytes.HasSuffix(name.text, []byte(pairExt)):
			old.note(name.text)
		case bytes.HasSuffix(name.text, []byte(extensions[InFlight])):
			claimed.note(name.text)
		}
	}
	return old, claimed, nil
}

// bakNames are the file bases of the entries in flight, unless there are too many.
type bakNames struct {
	bases map[string]bool
	many  bool
}

// mostInFlight is how many entries in flight are remembered.
const mostInFlight = 4000

func (f *bakNames) note(name []byte) {
	if f.many = f.many || len(f.bases) == mostInFlight; f.many {
		f.bases = nil
		return
	}
	if f.bases == nil {
		f.bases = make(map[string]bool)
	}
	f.bases[string(name[:len(name)-len(extensions[InFlight])])] = true
}

// has reports whether an entry is or may be in flight.
func (f *bakNames) has(id ID) bool { return f.many || f.bases[id.base] }

// Look checks that there is an entry in state s for an [ID] that a person gave. The error
// is [ErrState] if there is no such file, and [ErrStray] if the file is not a regular
// one. Look uses lstat, because opening a FIFO would release its writer. The entries of a
// listing need no such check, because the directory gives the type of each file.
func (d *Dir) Look(id ID, s State) error {
	_, err := d.Stat(id, s)
	return err
}

// Stat returns the [Info] of an entry without opening it. Its errors are those of Look.
func (d *Dir) Stat(id ID, s State) (Info, error) {
	st, err := d.dir.Lstat(id.Name(s))
	switch {
	case err == disk.ErrNotExist:
		err = missing(s)
	case err == nil && !st.Regular():
		err = ErrStray
	}
	if err != nil {
		return Info{}, &Error{Path: d.EntryPath(id, s), Err: err}
	}
	return Info{st}, nil
}

// Has reports whether there is a file of that name, of any type.
func (d *Dir) Has(id ID, s State) bool {
	_, err := d.dir.Lstat(id.Name(s))
	return err == nil
}

// Counts are the numbers of a queue's files.
type Counts struct {
	// ByState is how many files are in each state, indexed by State.
	ByState [Temporary + 1]int
	// Oldest is the earliest time in the names of the files in each state, indexed by
	// State. It is zero if there are none, and for strays, whose names have no time.
	Oldest [Temporary + 1]time.Time
}

// Count counts the files of a slice. Strays are in every slice.
func (d *Dir) Count(s Slice) (Counts, error) {
	c, old, err := d.count(s, nil, nil)
	if err == nil && old != nil {
		c, _, err = d.count(s, old, nil)
	}
	return c, err
}

// count counts in one pass over the directory, and returns the old pairs that it met. It
// counts ready entries whose file base is in strays as strays. It calls note, unless nil,
// with the file base of each entry in each state; the bytes are valid until the next one.
func (d *Dir) count(s Slice, strays pairs, note func(State, []byte)) (c Counts, old pairs, err error) {
	var (
		oldest [Temporary + 1]ID
		inside = s.Filter()
		all    = s.Count <= 1 && strays == nil
	)
	for name, err := range d.names() {
		if err != nil {
			return c, old, err
		}
		// Nearly all of a million names are plain, and later than the oldest. They are
		// counted here, without an allocation.
		if state, seconds, ok := plainName(name.text); ok && name.regular && all {
			if old := &oldest[state]; old.base != "" && float64(seconds) > old.time {
				c.ByState[state]++
				if note != nil {
					note(state, name.text[:len(name.text)-len(".pck")])
				}
				continue
			}
		}
		var (
			id    ID
			state State
		)
		if name.regular {
			id, state = splitName(name.text, string(name.text))
		}
		switch {
		case state == Stray:
			old.note(name.text)
		case state == Ready && strays[id.base]:
			state = Stray
		case !inside(id):
			continue
		}
		c.ByState[state]++
		if note != nil && state != Stray {
			note(state, []byte(id.base))
		}
		if old := oldest[state]; old.base == "" || id.time < old.time {
			oldest[state] = id
		}
	}
	for state := Ready; state <= Temporary; state++ {
		if c.ByState[state] > 0 {
			c.Oldest[state] = oldest[state].Received()
		}
	}
	return c, old, nil
}
