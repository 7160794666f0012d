package queue

import (
	"bytes"
	"encoding/binary"
	"errors"
	"iter"

	"switchboard/pkg/queue/internal/claims"
)

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

// List yields the files in any of the given states whose [ID] keep accepts (nil: all), as
// [ID.Compare] sorts them, so entries come oldest first. No state may be [Stray]. List
// reads all names before it yields the first, and needs 32 bytes of memory for each. If the
// directory cannot be read, List yields the error and ends.
func (d *Dir) List(keep func(ID) bool, states ...State) iter.Seq2[File, error] {
	return func(yield func(File, error) bool) {
		l := &listing{keep: keep}
		var of byState
		for _, s := range states {
			of[s] = l
		}
		if err := d.list(&of); err != nil {
			yield(File{}, err)
			return
		}
		for l.len() > 0 {
			if !yield(l.next(), nil) {
				return
			}
		}
	}
}

// byState has the listing to which the files in each state are added, nil for none.
type byState [Temporary + 1]*listing

// list reads the directory once and adds its files to listings.
func (d *Dir) list(of *byState) error {
	var old pairs
	for name, err := range d.names() {
		if err != nil {
			return err
		}
		if !name.regular {
			continue
		}
		// In most deep queues nearly all entries are in the same state. If that is not
		// one that is listed, they are skipped here.
		text, temporary := bytes.CutSuffix(name.text, []byte(".tmp"))
		s, seconds, ok := plainName(text)
		if temporary && s == Ready {
			s = Temporary
		} else if temporary {
			ok = false
		}
		if ok {
			if of[s] != nil {
				of[s].add(text[:len(text)-len(".pck")], s, seconds)
			}
			continue
		}
		id, s := SplitName(string(name.text))
		if s == Stray {
			old.note(name.text)
		} else if of[s] != nil {
			of[s].addOdd(id, s)
		}
	}
	if old != nil && of[Ready] != nil {
		of[Ready].drop(Ready, old)
	}
	return nil
}

// An entry's name ends in a plus sign, a digest, and a dot with three letters, unless the
// entry is temporary.
const (
	digestDigits = 40
	plainTail    = len("+") + digestDigits + len(".pck")
)

// plainName parses the state and the whole seconds of a name of the usual form: its time
// has only digits and a point. It takes a few nanoseconds, while the kernel takes hundreds
// to read the name. A name for which ok is false may still be that of an entry: SplitName
// decides.
func plainName(name []byte) (s State, seconds int64, ok bool) {
	plus := len(name) - plainTail
	if plus < len("0.0") || len(name) > maxBase+len(".pck") || name[plus] != '+' {
		return 0, 0, false
	}
	switch string(name[len(name)-len(".pck"):]) {
	case ".pck":
		s = Ready
	case ".bak":
		s = InFlight
	case ".psv":
		s = Preserved
	default:
		return 0, 0, false
	}
	i := 0
	if w := binary.LittleEndian.Uint64(name); allDigits(w) {
		i, seconds = 8, int64(eightDigits(w))
	}
	for ; i < 12; i++ { // eleven digits are less than maxTime
		c := name[i] - '0'
		if c > 9 {
			break
		}
		seconds = seconds*10 + int64(c)
	}
	if i == 0 || i == 12 || name[i] != '.' {
		return 0, 0, false
	}
	for _, c := range name[i+1 : plus] {
		if c-'0' > 9 {
			return 0, 0, false
		}
	}
	if !allHex((*[digestDigits]byte)(name[plus+1:])) {
		return 0, 0, false
	}
	return s, seconds, true
}

// splitName is SplitName of a name that the caller has in both forms. It is faster if the
// name is plain.
func splitName(text []byte, name string) (ID, State) {
	if s, seconds, ok := plainName(text); ok {
		base := name[:len(name)-len(".pck")]
		if p, ok := pack(text[:len(base)], s, seconds); ok {
			return ID{base, p.time, p.digest}, s
		}
	}
	return SplitName(name)
}
