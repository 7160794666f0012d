package queue

import (
	"errors"

	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/disk"
)

// twinAt searches the queue at path for the twin of an entry, if there is such a queue and
// it is not d. It opens the queue anew each time, because a queue that entries move to
// must be opened by createWith, which makes its name durable.
func (d *Dir) twinAt(e *entryOf, path string, named, noted bool, states ...State) (*twin, error) {
	queue, err := d.openPlace(path, named)
	if errors.As(err, new(noQueue)) {
		return nil, nil
	}
	if err == nil {
		var t *twin
		if t, err = d.twinIn(queue, e, noted, states); t != nil {
			return t, err
		}
		err = firstError(err, queue.Close())
	}
	return nil, d.cannotLook(e, err)
}

// openPlace opens a queue to search it. named means that a person or the configuration
// named it.
func (d *Dir) openPlace(path string, named bool) (*Dir, error) {
	if named {
		return openWith(d.sys, path, d.opt)
	}
	return d.openChosen(path)
}

func (d *Dir) cannotLook(e *entryOf, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Path: d.EntryPath(e.id, e.from), Err: cannotLook{err}, Remedy: remedyOf(err)}
}

// cannotLook is the error of a queue that cannot be searched for the twin of an entry.
type cannotLook struct{ error }

func (e cannotLook) Error() string {
	return "cannot find out whether it was moved: " + e.error.Error()
}
func (e cannotLook) Unwrap() error { return e.error }

// twinIn searches an open queue.
func (d *Dir) twinIn(queue *Dir, e *entryOf, noted bool, states []State) (*twin, error) {
	mine, err := d.dir.Stat()
	if err != nil {
		return nil, &Error{Path: d.path, Err: err}
	}
	its, err := queue.dir.Stat()
	if err != nil {
		return nil, &Error{Path: queue.path, Err: err}
	}
	if mine.Same(its) {
		return nil, nil
	}
	for _, s := range states {
		t, err := queue.openTwin(e, s, noted)
		if err != nil {
			return nil, err
		}
		if t != nil {
			t.stays = !t.linked || staysThere(e.from, s, samePath(queue.path, d.ShuntPath()) || samePath(queue.path, d.RetryPath()))
			return t, nil
		}
	}
	return nil, nil
}

// staysThere reports which of two names of one file is the new one, by the states here and
// there: an entry in flight here was moving there, to be preserved or shunted; one that is
// preserved or shunted here and ready there was being released. shunt means that the other
// queue is the shunt or the retry queue of this one.
func staysThere(here, there State, shunt bool) bool {
	switch {
	case here == InFlight:
		return true
	case there == InFlight:
		return false
	}
	return there == Ready && (here == Preserved || !shunt)
}

// openTwin opens the entry with e's ID in this queue if it is another name of e's file or
// a copy of it, and otherwise returns nil. A copy has the same bytes; or, if the note in
// both says that e was being moved, the same message, because the copy's restore count may
// have changed since.
func (d *Dir) openTwin(e *entryOf, s State, noted bool) (*twin, error) {
	f, its, err := d.open(e.id, s, disk.Dir.Open)
	if errors.Is(err, ErrState) || errors.Is(err, ErrStray) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	t := &twin{queue: d, as: s, file: f, stat: its}
	if its.Same(e.stat) {
		t.linked = true
		return t, nil
	}
	equal := false
	if its.Size == e.stat.Size {
		equal, err = sameBytes(e.file, f, its.Size)
	}
	if !equal && err == nil && noted {
		equal, err = sameMove(f, its, e)
	}
	if equal {
		return t, nil
	}
	f.Close()
	if err != nil {
		err = &Error{Path: d.EntryPath(e.id, s), Err: err}
	}
	return nil, err
}

// sameMove reports whether a file has the same message and the same note as e.
func sameMove(f disk.File, st disk.Stat, e *entryOf) (bool, error) {
	c, err := message.Read(f, st.Size)
	if errors.Is(err, ErrMalformed) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer c.Release()
	if c.MovingTo() != e.content.MovingTo() || c.MsgEnd != e.content.MsgEnd {
		return false, nil
	}
	return sameBytes(e.file, f, c.MsgEnd)
}
