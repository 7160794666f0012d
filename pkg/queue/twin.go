package queue

import (
	"errors"

	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/disk"
)

// A crash during the move of an entry may leave it in two queues. twin is the one in the
// other queue: a copy on another filesystem, or a second name of the same file. btrfs
// leaves two names if a power cut comes after a sync of only one of the two directories.
type twin struct {
	queue *Dir
	as    State
	file  disk.File
	stat  disk.Stat
	// linked means that the twin is a second name of the same file.
	linked bool
	// stays means that the entry was moving to the twin's place: to complete the move,
	// the entry's own name is removed. Otherwise the twin is.
	stays bool
	// borrowed means that queue belongs to the caller, and stays open.
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

// entryOf is an entry whose twin is searched for. content is nil if it cannot be read.
type entryOf struct {
	file    disk.File
	stat    disk.Stat
	id      ID
	from    State
	content *message.Content
}

// anyState are the states that an entry may have come to since its move.
var anyState = []State{Ready, InFlight, Preserved}

// twinOf searches other queues for the twin of an entry. It must be called before the
// entry changes. target is the queue that the entry is about to move to, or nil.
//
// If a queue cannot be searched, twinOf fails: an overlooked twin would become a second
// message.
func (d *Dir) twinOf(e *entryOf, target *Dir) (*twin, error) {
	if e.content != nil {
		if noted := e.content.MovingTo(); noted != "" && noted != d.resolved() {
			path, named := d.asNamed(noted)
			if t, err := d.twinAt(e, path, named, true, anyState...); t != nil || err != nil {
				return t, err
			}
		}
	}
	if e.stat.Nlink > 1 {
		if t, err := d.linkedTwin(e, target); t != nil || err != nil {
			return t, err
		}
	}
	// Older versions did not note where an entry was copied to, but noted its origin.
	// Hardly any other entry in flight has its own queue as its origin.
	if e.from != InFlight || e.content == nil || e.content.WhichQueue() == "" || e.content.WhichQueue() != d.origin(e.content) {
		return nil, nil
	}
	t, err := d.twinAt(e, d.ShuntPath(), d.opt.Shunt != "", false, Ready)
	if t == nil && (err == nil || refused(err)) {
		t, err = d.twinAt(e, d.badPath(), d.opt.Bad != "", false, Preserved)
	}
	if refused(err) {
		err = nil // root has moved nothing to a queue that it does not enter
	}
	return t, err
}

// asNamed returns the path by which a person or the configuration named the queue at path, if
// they did. Otherwise named is false, and the path is that of an entry's note.
func (d *Dir) asNamed(path string) (_ string, named bool) {
	for _, named := range []string{d.opt.Bad, d.opt.Shunt, d.opt.Retry} {
		if named != "" && samePath(named, path) {
			return named, true
		}
	}
	return path, false
}

// linkedTwin searches for a second name of an entry's file in the queues that this queue
// exchanges entries with. A name in another directory is somebody's backup.
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
	if t, err := d.twinAt(e, d.RetryPath(), d.opt.Retry != "", false, Ready, InFlight); t != nil || err != nil {
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

// removeOriginal completes the move of an entry that was copied to this queue: it removes
// the original if a crash left it in the queue that the note names. as is the entry's
// current state.
//
// If the original has gone, removeOriginal still syncs its queue: a run that was killed
// may have removed it without a sync, and a power cut could bring it back. Once the entry
// here has changed, nothing would show that the two are the same message.
func (d *Dir) removeOriginal(e *entryOf, as State) error {
	from, err := d.openOriginal(e)
	if from == nil {
		return err
	}
	defer from.Close()
	t, err := d.twinIn(from, e, true, anyState)
	switch {
	case err != nil:
	case t == nil:
		if !d.opt.NoSync {
			err = from.dir.Sync()
		}
	default:
		defer t.file.Close()
		if !t.linked {
			return d.arrived(t, e, as)
		}
	}
	return d.cannotLook(e, err)
}

// openOriginal opens the queue that an entry was copied from. It returns nil if the entry
// was not copied or that queue is gone.
func (d *Dir) openOriginal(e *entryOf) (*Dir, error) {
	if e.content == nil || e.content.MovingTo() != d.resolved() {
		return nil, nil
	}
	path := e.content.MovingFrom()
	if path == "" || path == d.resolved() {
		return nil, nil // an older version noted only movingToKey
	}
	from, err := d.openPlace(d.asNamed(path))
	if errors.As(err, new(noQueue)) || refused(err) {
		return nil, nil // root has moved nothing from a queue that it does not enter
	}
	return from, d.cannotLook(e, err)
}
