package cmdline

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"switchboard/pkg/config"
	"switchboard/pkg/queue"
)

// held are the states in which there is a message.
var held = []queue.State{queue.Ready, queue.InFlight, queue.Preserved}

// locate returns the queue of the site that the entry of an operand without a directory is
// in. It returns "" if the operand means this directory: the entry is here in some state,
// or there is no site to look at.
//
// Several queues that have the name are an error. One of them alone cannot be meant, even
// if the command could work on only one: the others may have been named. An operand's
// extension tells them apart.
func (q *Queues) locate(o Operand) (string, error) {
	if here(o) {
		return "", nil
	}
	places, err := q.entryPlaces()
	if err != nil || len(places) == 0 {
		return "", err
	}
	var exact, others, unread []string
	var unreadErr error
	for _, place := range places {
		dir, _, err := q.openAt(place)
		switch {
		case err == nil:
		case errors.Is(err, fs.ErrNotExist):
			continue // it may be made later
		default:
			unread, unreadErr = append(unread, place), queue.Cause(err)
			continue
		}
		switch i := slices.IndexFunc(held, func(s queue.State) bool { return dir.Has(o.ID, s) }); {
		case o.State != queue.Stray && dir.Has(o.ID, o.State):
			exact = append(exact, dir.EntryPath(o.ID, o.State))
		case i >= 0:
			others = append(others, dir.EntryPath(o.ID, held[i]))
		}
	}
	if len(exact) == 0 {
		exact = others
	}
	switch {
	case len(exact) == 1:
		return filepath.Dir(exact[0]), nil
	case len(exact) > 1:
		return "", &queue.Error{Path: o.Path, Err: inSeveral(exact), Remedy: "name one by its path"}
	case unread != nil:
		return "", &queue.Error{Path: o.Path, Err: fmt.Errorf("cannot look for it in %s: %w", strings.Join(unread, ", "), unreadErr)}
	}
	return "", &queue.Error{Path: o.Path, Err: noEntry{queue.ErrState}, Remedy: "it is not in this directory, and in no queue of the site"}
}

// here reports whether an entry is in the current directory, in any state: that is what
// such an operand has always meant. The name may be that of a stray.
func here(o Operand) bool {
	return slices.ContainsFunc(append(held, o.State), func(s queue.State) bool {
		var st unix.Stat_t
		return s != queue.Stray && unix.Lstat(o.ID.Name(s), &st) == nil
	})
}

// entryPlaces returns the directories in which an entry of the site may be: its queues, and
// their bad and shunt queues.
func (q *Queues) entryPlaces() ([]string, error) {
	if q.places != nil {
		return q.places, nil
	}
	places, err := q.Site()
	if err != nil {
		return nil, err
	}
	conf, err := q.Config()
	if err != nil {
		return nil, err
	}
	for _, path := range places[:len(places):len(places)] {
		settings := conf.At(path)
		for _, aside := range []string{asidePath(settings, settings.Bad, "bad"), asidePath(settings, settings.Shunt, "shunt")} {
			if st, err := os.Stat(aside); config.Scheme(aside) != "" || err == nil && st.IsDir() {
				places = append(places, aside)
			}
		}
	}
	q.places = once(places)
	return q.places, nil
}

// asidePath returns the path of a queue's bad or shunt queue: as configured, or beside it.
func asidePath(settings config.Queue, configured, name string) string {
	if configured != "" {
		return configured
	}
	if scheme := config.Scheme(settings.Path); scheme != "" {
		return scheme + ":" + name
	}
	return filepath.Join(filepath.Dir(settings.Path), name)
}

// inSeveral is the ErrConflict of a name that several queues have an entry of.
type inSeveral []string

func (e inSeveral) Error() string      { return "is in more than one queue: " + strings.Join(e, ", ") }
func (inSeveral) Is(target error) bool { return target == queue.ErrConflict }
