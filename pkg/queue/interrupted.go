package queue

import (
	"errors"

	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/disk"
)

// movingKey is the metadata key in which an entry that is about to be copied to
// another filesystem has the path, without links, of the queue that it moves to. A crash
// between the copy's rename and the unlink of the original leaves the entry in both
// queues; by the note whoever comes next finds the copy, with whatever options and by
// whatever path. The copy has it, too: there it names the queue that the copy is in,
// and says that the move is complete. So it never has to be cleared. Mailman drops keys
// that begin with "_" when it hands an entry on.
const movingKey = message.MovingToKey

// twin is the other one of two places in which a crash left an entry that was being
// moved: a copy on another filesystem, or a second name of the same file, which is what
// btrfs makes of a rename between two directories of which only one was synced.
type twin struct {
	queue *Dir
	as    State
	file  disk.File
	// stays says that the move was to there: the entry's own name goes.
	stays bool
	// borrowed says that the queue is open for others, too.
	borrowed bool
}

func (t *twin) path(id ID) string { return t.queue.EntryPath(id, t.as) }

func (t *twin) close() {
	if t != nil {
		t.file.Close()
		if !t.borrowed {
			t.queue.Close()
		}
	}
}

// twinOf looks for the other place of an entry, open as f, in state from; c is nil if it
// cannot be read. It must be asked before anything in the entry changes. target is the
// queue that the entry is to move to, or nil.
//
// What cannot be looked at fails: to take it for nothing would make a second message.
func (d *Dir) twinOf(f disk.File, st disk.Stat, id ID, from State, c *message.Content, target *Dir) (*twin, error) {
	e := &entryOf{f, st, id, from, c}
	if c != nil {
		if noted := c.MovingTo(); noted != "" && noted != d.resolved() {
			if t, err := d.twinAt(e, noted, d.namesQueue(noted), true, Ready, InFlight, Preserved); t != nil || err != nil {
				return t, err
			}
		}
	}
	if st.Nlink > 1 {
		if t, err := d.linkedTwin(e, target); t != nil || err != nil {
			return t, err
		}
	}
	// A copy that was not noted: hardly any entry in flight has its own queue as its
	// origin.
	if from != InFlight || c == nil || c.WhichQueue() == "" || c.WhichQueue() != d.origin(c) {
		return nil, nil
	}
	t, err := d.twinAt(e, d.ShuntPath(), d.opt.Shunt != "", false, Ready)
	if t == nil && (err == nil || refused(err)) {
		t, err = d.twinAt(e, d.badPath(), d.opt.Bad != "", false, Preserved)
	}
	if refused(err) {
		err = nil // nothing was moved to where root does not go
	}
	return t, err
}

// entryOf is an entry whose twin is looked for.
type entryOf struct {
	file    disk.File
	stat    disk.Stat
	id      ID
	from    State
	content *message.Content
}

// namesQueue says whether a person or the configuration named the queue at path.
func (d *Dir) namesQueue(path string) bool {
	return d.opt.Bad != "" && samePath(d.opt.Bad, path) || d.opt.Shunt != "" && samePath(d.opt.Shunt, path)
}

// linkedTwin looks for a second name of an entry's file in the queues that entries move
// to from here and come back to. A name elsewhere is somebody's backup.
func (d *Dir) linkedTwin(e *entryOf, target *Dir) (*twin, error) {
	if target != nil {
		if t, err := d.twinIn(target, e, false, []State{Ready, InFlight}); t != nil || err != nil {
			if t != nil {
				t.borrowed = true
			}
			return t, err
		}
	}
	if t, err := d.twinAt(e, d.ShuntPath(), d.opt.Shunt != "", false, Ready, InFlight); t != nil || err != nil {
		return t, err
	}
	if t, err := d.twinAt(e, d.badPath(), d.opt.Bad != "", false, Preserved); t != nil || err != nil {
		return t, err
	}
	if e.content == nil {
		return nil, nil
	}
	origin, err := d.beside(e.content.WhichQueue())
	if errors.Is(err, ErrOrigin) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return d.twinAt(e, origin.Path, false, false, Ready, InFlight)
}

// twinAt looks for the other place of an entry in one queue, if there is such a queue
// and it is another one than d. It is opened for this alone: what moves there has to
// make its name durable first, see createWith.
func (d *Dir) twinAt(e *entryOf, path string, named, noted bool, states ...State) (*twin, error) {
	open := d.openChosen
	if named {
		open = func(path string) (*Dir, error) { return openWith(d.sys, path, d.opt) }
	}
	queue, err := open(path)
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
	if err != nil {
		err = &Error{Path: d.EntryPath(e.id, e.from), Err: cannotLook{err}, Remedy: remedyOf(err)}
	}
	return nil, err
}

// cannotLook is that a queue cannot be searched for an entry that may have been moved
// there.
type cannotLook struct{ error }

func (e cannotLook) Error() string { return "cannot look whether it was moved: " + e.error.Error() }
func (e cannotLook) Unwrap() error { return e.error }

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
		f, linked, err := queue.openTwin(e, s, noted)
		if err != nil {
			return nil, err
		}
		if f == nil {
			continue
		}
		stays := !linked || staysThere(e.from, s, samePath(queue.path, d.ShuntPath()))
		return &twin{queue: queue, as: s, file: f, stays: stays}, nil
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
// it: equal, or, if the note in both says that e was being moved here, with the same
// message. The copy's count may have changed since. f is nil if it is neither.
func (d *Dir) openTwin(e *entryOf, s State, noted bool) (f disk.File, linked bool, err error) {
	f, its, err := d.open(e.id, s, disk.Dir.Open)
	if errors.Is(err, ErrState) || errors.Is(err, ErrStray) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	if its.Same(e.stat) {
		return f, true, nil
	}
	equal := false
	if its.Size == e.stat.Size {
		equal, err = sameBytes(e.file, f, its.Size)
	}
	if !equal && err == nil && noted {
		equal, err = sameMove(f, its, e)
	}
	if equal {
		return f, false, nil
	}
	f.Close()
	if err != nil {
		err = &Error{Path: d.EntryPath(e.id, s), Err: err}
	}
	return nil, false, err
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

// complete ends the move of an entry to where its twin stays: the name here goes.
func (d *Dir) complete(t *twin, id ID, from State) error {
	if !d.opt.NoSync {
		// The crash may have come before the twin was durable.
		err := t.file.Sync()
		if err == nil {
			err = t.queue.dir.Sync()
		}
		if err != nil {
			return &Error{Path: t.path(id), Err: err}
		}
	}
	d.moved(id, from, t.queue, t.as)
	return d.unlinkMoved(id, from)
}

// arrived ends the move of an entry to here: the twin, a second name of its file, goes.
// That is durable at once, since the entry may be finished next, and the name would then
// be all that is left of it.
func (d *Dir) arrived(t *twin, st disk.Stat, id ID, as State) error {
	if !d.opt.NoSync {
		if err := d.dir.Sync(); err != nil {
			return &Error{Path: d.path, Err: err}
		}
	}
	fail := func(err error) error { return &Error{Path: t.path(id), Err: err} }
	now, err := t.queue.dir.Lstat(id.Name(t.as))
	if err == disk.ErrNotExist || err == nil && !now.Same(st) {
		return nil
	}
	if err == nil {
		err = t.queue.dir.Unlink(id.Name(t.as))
	}
	if err == nil && !d.opt.NoSync {
		err = t.queue.dir.Sync()
	}
	if err != nil && err != disk.ErrNotExist {
		return fail(err)
	}
	t.queue.moved(id, t.as, d, as)
	return nil
}

// completeMove ends an interrupted move on the way of another one: of an entry in state from,
// whose name now is that of state now. It says where the entry is if not here.
func (d *Dir) completeMove(f disk.File, st disk.Stat, id ID, from, now State, c *message.Content) (elsewhere string, err error) {
	t, err := d.twinOf(f, st, id, from, c, nil)
	if t == nil || err != nil {
		return "", err
	}
	defer t.close()
	if !t.stays {
		return "", d.arrived(t, st, id, now)
	}
	if err := d.complete(t, id, now); err != nil {
		return "", err
	}
	return t.path(id), nil
}

// movedOn is ErrState of an entry whose interrupted move to path was completed.
type movedOn struct{ path string }

func (e movedOn) Error() string {
	return "a crash interrupted its move, which is now complete: " + e.path
}
func (e movedOn) Is(target error) bool { return target == ErrState }

// Twin is where else a crash in the middle of a move left an entry; "" is nowhere.
func (d *Dir) Twin(e *Entry) (path string, err error) {
	t, err := d.twinOf(e.file, e.Info.s, e.ID, e.State, e.Content, nil)
	if t == nil || err != nil {
		return "", err
	}
	defer t.close()
	return t.path(e.ID), nil
}
