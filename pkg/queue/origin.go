package queue

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/disk"
)

// Origin is the queue that an entry came from.
type Origin struct {
	Path string
	// Gone is the path in the entry's whichq if nothing is there any more, because the
	// whole tree of queues was moved. Path then is the queue of that name next to the
	// entry's own.
	Gone string
	// chosen means that only the entry's metadata names the queue.
	chosen bool
}

// Known is a queue that an entry's whichq may name.
type Known struct {
	Path string
	// Listed means that nobody named the queue: it was found in a directory.
	Listed bool
}

// Origin finds the queue that an entry of d with content c came from. Its whichq must name
// a queue next to d or one of the known queues; otherwise the error is [ErrOrigin]. A name
// means the queue next to d if there is one, because the known queue of that name is
// another Mailman's then. A whichq is untrusted data, so no other path is looked at.
func (d *Dir) Origin(id ID, from State, c *message.Content, known map[string]Known) (Origin, error) {
	which := c.WhichQueue()
	for _, k := range known {
		if filepath.IsAbs(which) && samePath(k.Path, which) {
			return Origin{Path: k.Path, chosen: k.Listed}, nil
		}
	}
	origin, err := d.beside(which)
	if errors.Is(err, ErrOrigin) {
		if k, ok := known[which]; ok {
			return Origin{Path: k.Path, chosen: k.Listed}, nil
		}
		err = &Error{Path: d.EntryPath(id, from), Err: err, Remedy: "name the queue with --to"}
	}
	return origin, err
}

// OpenOrigin opens an origin as a queue of its own.
func (d *Dir) OpenOrigin(origin Origin, o Options) (Queue, error) {
	if !origin.chosen {
		return asQueue(openWith(d.sys, origin.Path, o))
	}
	q, err := d.openChosen(origin.Path)
	if err != nil {
		return nil, err
	}
	q.setOptions(o)
	return q, nil
}

// beside returns the queue next to d that a whichq names.
func (d *Dir) beside(which string) (Origin, error) {
	name := filepath.Base(which)
	switch {
	case which == "":
		return Origin{}, originError("its metadata has no whichq")
	case name == "." || name == ".." || name == "/" || strings.ContainsRune(which, 0):
		return Origin{}, originError("its whichq does not name a queue: " + quote(which))
	}
	gone := ""
	if strings.Contains(which, "/") {
		real := resolved(which)
		_, err := os.Stat(which)
		missing := filepath.IsAbs(which) && (errors.Is(err, disk.ErrNotExist) || errors.Is(err, disk.ErrNotDir))
		switch near := filepath.Dir(real) == filepath.Dir(d.resolved()); {
		case near && !missing:
			name = filepath.Base(real)
		case !near && missing && name != "bad" && name != "shunt":
			gone = which
		case !near && !samePath(filepath.Dir(which), filepath.Dir(d.resolved())):
			return Origin{}, originError("its whichq does not name a queue next to this one: " + quote(which))
		}
	}
	path := sibling(d.path, name)
	if samePath(path, d.path) {
		return Origin{}, originError("its whichq is this queue itself: " + quote(which))
	}
	q, err := d.openChosen(path)
	if errors.As(err, new(noQueue)) || errors.Is(err, disk.ErrNameTooLong) {
		return Origin{}, originError("its whichq does not name a queue: " + quote(which))
	}
	if err != nil {
		return Origin{}, err
	}
	return Origin{Path: path, Gone: gone, chosen: true}, q.Close()
}

// origin returns the whichq of an entry of this queue: in Mailman 2.1 the queue's absolute
// path, in Mailman 3 its name.
func (d *Dir) origin(c *message.Content) string {
	if c.Dialect() == message.Mailman3 {
		return filepath.Base(d.resolved())
	}
	return d.resolved()
}

// originError is an ErrOrigin with the reason as its text.
type originError string

func (e originError) Error() string        { return string(e) }
func (e originError) Is(target error) bool { return target == ErrOrigin }
