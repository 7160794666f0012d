package kill

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"switchboard/pkg/queue"
	"switchboard/test/harness"
)

// look says what a check requires beyond what must be true at every instant.
type look struct {
	// done requires that the command's work is done.
	done bool
	// clean requires that there are no temporary files except those from before.
	clean bool
	// runs is how often the command has been run: a message that is enqueued again is
	// there again.
	runs int
	// told requires that everything stored or claimed has been printed, on so many
	// lines.
	told    bool
	printed int
}

// check checks that each mail is in one place, with its bytes, that what was printed is there,
// and what o requires.
func (w *world) check(s *scenario, printed []string, o look) error {
	found, err := w.find(s, o)
	if err != nil {
		return err
	}
	for i, m := range w.mails {
		if err := w.mail(s, i, found.mails[i], o); err != nil {
			return fmt.Errorf("mail %d, which was %v: %w", i, m.from, err)
		}
	}
	for i, places := range found.stores {
		n := len(places)
		if n > o.runs {
			return fmt.Errorf("message %d is stored %d times by %d runs", i, n, o.runs)
		}
		if n == 0 && o.done {
			return fmt.Errorf("message %d is not stored", i)
		}
	}
	if s.exports {
		if err := w.exported(o.done); err != nil {
			return err
		}
	}
	if o.told {
		if err := w.told(s, found, o.printed); err != nil {
			return err
		}
	}
	for _, path := range printed {
		if _, err := os.Lstat(path); err != nil {
			return fmt.Errorf("printed and not true: %w", err)
		}
	}
	return nil
}

// queues are the queues of a world, as far as there are such directories.
var queues = []string{"in", "bad", "shunt", "hold", "far", "new"}

// found says in which places each mail and each stored message is.
type found struct {
	mails, stores [][]outcome
	// bases has the file bases of the stored messages.
	bases []string
	// homeless has the file bases of the entries that name no queue as their origin.
	homeless map[string]bool
}

// find finds out where the mails and the stored messages are. It checks the bytes of each file, and
// that no backup has changed.
func (w *world) find(s *scenario, o look) (*found, error) {
	if err := w.made(o); err != nil {
		return nil, err
	}
	f := &found{make([][]outcome, len(w.mails)), make([][]outcome, len(w.stores)), make([]string, len(w.stores)), map[string]bool{}}
	for _, name := range queues {
		entries, err := os.ReadDir(w.dir(name))
		if err != nil && !os.IsNotExist(err) {
			return nil, err
		}
		for _, e := range entries {
			if err := w.account(s, name, e.Name(), o, f); err != nil {
				return nil, err
			}
		}
	}
	for i, m := range w.mails {
		if !m.linked {
			continue
		}
		if data, err := os.ReadFile(w.backup(i)); err != nil {
			return nil, err
		} else if want, err := m.Bytes(); err != nil || !bytes.Equal(data, want) {
			return nil, fmt.Errorf("mail %d: the backup's bytes changed", i)
		}
	}
	return f, nil
}

// made checks that the directories that a command made are the queues' owner's from the moment that
// they have their names, if they can be, and that none is left unfinished.
func (w *world) made(o look) error {
	for _, name := range queues {
		have, err := ownerOf(w.dir(name))
		if os.IsNotExist(err) {
			continue
		}
		if want, errWant := ownerOf(w.root); err != nil || have != want && !w.inPlace {
			return fmt.Errorf("%s: owner %s, not %s (%v, %v)", name, have, want, err, errWant)
		}
	}
	names, err := filepath.Glob(filepath.Join(w.root, ".switchboard.*"))
	if err != nil || o.clean && len(names) > 0 {
		return fmt.Errorf("not made to its end: %v (%v)", names, err)
	}
	return nil
}

// exported checks that the Maildir has only whole messages under their names, and all of them
// if the command is done.
func (w *world) exported(done bool) error {
	names, err := filepath.Glob(filepath.Join(w.box(), "*", "*+*"))
	if err != nil {
		return err
	}
	for _, name := range names {
		i := slices.IndexFunc(w.mails, func(m mail) bool { return m.Base == filepath.Base(name) })
		if i < 0 || filepath.Dir(name) != filepath.Join(w.box(), "new") {
			return fmt.Errorf("%s: nobody's message", name)
		}
		if data, err := os.ReadFile(name); err != nil || !bytes.Equal(data, w.mails[i].Text) {
			return fmt.Errorf("%s: not the message's bytes (%v)", name, err)
		}
	}
	if done && len(names) != len(w.mails) {
		return fmt.Errorf("the Maildir has %d messages, not %d", len(names), len(w.mails))
	}
	return nil
}

// told checks that as much was printed as was stored or claimed. Otherwise nobody would handle
// it, or the sender would send it again.
func (w *world) told(s *scenario, found *found, printed int) error {
	n := 0
	switch s.command {
	case "qenqueue":
		for _, places := range found.stores {
			n += len(places)
		}
	case "qdequeue":
		for i, where := range found.mails {
			if w.mails[i].raw == nil && slices.Contains(where, at(inFlight, 0)) {
				n++
			}
		}
	default:
		return nil
	}
	if n != printed {
		return fmt.Errorf("%d stored or claimed, and %d printed", n, printed)
	}
	return nil
}

// account adds one file of a queue to what was found.
func (w *world) account(s *scenario, name, file string, o look, found *found) error {
	path := filepath.Join(w.dir(name), file)
	id, state := queue.SplitName(file)
	switch {
	case strings.HasPrefix(file, "switchboard."):
		return nil // the claim cache and the lock file are hints
	case state == queue.Temporary && (!o.clean || slices.Contains(s.debris, file)):
		if o.done && slices.Contains(s.debris, file) {
			return fmt.Errorf("%s was not swept", path)
		}
		return nil
	case state == queue.Temporary:
		return fmt.Errorf("debris: %s", path)
	case state == queue.Stray:
		return fmt.Errorf("stray: %s", path)
	}
	i := slices.IndexFunc(w.mails, func(m mail) bool { return m.Base == id.String() })
	if i >= 0 && w.mails[i].raw != nil {
		if data, err := os.ReadFile(path); err != nil || !bytes.Equal(data, w.mails[i].raw) {
			return fmt.Errorf("%s: bytes changed (%v)", path, err)
		}
		found.mails[i] = append(found.mails[i], at(place{name, state.Ext()}, 0))
		return nil
	}
	held, err := harness.Read(path)
	if err != nil {
		return err
	}
	found.homeless[id.String()] = held.Origin == ""
	home := "in"
	if i < 0 {
		home = name
	}
	if owner, err := ownerOf(w.dir(home)); err != nil || held.Owner != owner {
		return fmt.Errorf("%s: owner and mode %s, not %s", path, held.Owner, owner)
	}
	if i >= 0 {
		m := w.mails[i]
		if !bytes.Equal(held.Text, m.Text) {
			return fmt.Errorf("%s: not the message's bytes", path)
		}
		// In Mailman 3's metadata it is the name of the queue.
		if state == queue.Preserved && m.from.ext != ".psv" && held.Origin != "in" && !sameDir(held.Origin, w.dir("in")) {
			return fmt.Errorf("%s: whichq is %q", path, held.Origin)
		}
		found.mails[i] = append(found.mails[i], at(place{name, state.Ext()}, held.Restores))
		return nil
	}
	j := slices.IndexFunc(w.stores, func(text []byte) bool { return bytes.Equal(held.Text, text) })
	if j < 0 {
		return fmt.Errorf("%s: nobody's message", path)
	}
	found.stores[j] = append(found.stores[j], at(place{name, state.Ext()}, held.Restores))
	found.bases[j] = id.String()
	return nil
}

// sameDir reports whether two paths lead to the same directory.
func sameDir(a, b string) bool {
	at, errA := os.Stat(a)
	bt, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(at, bt)
}

// mail checks where one mail was found.
func (w *world) mail(s *scenario, i int, found []outcome, o look) error {
	m := w.mails[i]
	before := at(m.from, m.Restores)
	right := slices.Clone(m.after)
	if len(right) == 0 {
		right = append(right, before)
	}
	if !o.done {
		right = append(append(right, m.until...), before)
	}
	if o.runs > 1 {
		right = append(right, m.again...)
	}
	switch {
	case len(found) == 0:
		if !slices.Contains(right, at(gone, 0)) {
			return fmt.Errorf("lost")
		}
		if got, err := os.ReadFile(w.delivered(i)); s.delivers && (err != nil || !bytes.Equal(got, m.Text)) {
			return fmt.Errorf("gone, and %q was delivered (%v)", got, err)
		}
		return nil
	case len(found) == 2 && s.double && !o.done:
		// It may have two names, if the two files are equal, until the next try.
		for _, f := range found {
			if !slices.Contains(right, f) {
				return fmt.Errorf("is %v", found)
			}
		}
		a, errA := os.ReadFile(w.path(i, found[0].place))
		b, errB := os.ReadFile(w.path(i, found[1].place))
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			return fmt.Errorf("is %v, and they differ", found)
		}
		return nil
	case len(found) > 1:
		return fmt.Errorf("is %v at once", found)
	case !slices.Contains(right, found[0]):
		return fmt.Errorf("is %v, not one of %v", found[0], right)
	}
	return nil
}
