package queue

import (
	"errors"

	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/disk"
)

// twinAt looks for the other place of an entry in one queue, if there is such a queue
// and it is another one than d. It is opened for this alone: what moves there has to
// make its name durable first, see createWith.
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

// openPlace opens a queue to look into it. named says that a person or the configuration
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

// cannotLook is that a queue cannot be searched for an entry that may have been moved
// there.
type cannotLook struct{ error }

func (e cannotLook) Error() string { return "cannot look whether it was moved: " + e.error.Error() }
func (e cannotLook) Unwrap() error { return e.error }

// twinIn looks in an open queue.
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
			t.stays = !t.linked || staysThere(e.from, s, samePath(queue.path, d.ShuntPath()))
			return t, nil
		}
	}
	return nil, nil
}

// staysThere says which of two names of one file was the new one: that of an entry that
// was in flight here and preserved or shunted there, or that of one that was preserved
// or shunted here and ready there. shunt says that there is the shunt queue of here.
func staysThere(here, there State, shunt bool) bool {
	switch {
	case here == InFlight:
		return true
	case there == InFlight:
		return false
	}
	return there == Ready && (here == Preserved || !shunt)
}

// openTwin opens an entry of this queue if it is another name of e's file, or a copy of
// it: equal, or, if the note in both says that e was being moved, with the same message.
// The copy's count may have changed since. It returns nil if it is neither.
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

// sameMove says whether a file has the message of e and its note.
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
