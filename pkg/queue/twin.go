package queue

import (
	"errors"

	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/disk"
)

// twin is the other one of two places in which a crash left an entry that was being moved:
// a copy on another filesystem, or a second name of the same file, which is what btrfs
// makes of a rename between two directories of which only one was synced.
type twin struct {
	queue *Dir
	as    State
	file  disk.File
	stat  disk.Stat
	// linked says that it is a second name of the same file.
	linked bool
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

// entryOf is an entry whose twin is looked for. content is nil if it cannot be read.
type entryOf struct {
	file    disk.File
	stat    disk.Stat
	id      ID
	from    State
	content *message.Content
}

// anyState are the states that an entry may have come to since its move.
var anyState = []State{Ready, InFlight, Preserved}

// twinOf looks for the other place of an entry. It must be asked before anything in the
// entry changes. target is the queue that the entry is to move to, or nil.
//
// If a place cannot be looked at, that is an error: to take it for empty would make a
// second message.
func (d *Dir) twinOf(e *entryOf, target *Dir) (*twin, error) {
	if e.content != nil {
		if noted := e.content.MovingTo(); noted != "" && noted != d.resolved() {
			if t, err := d.twinAt(e, noted, d.namesQueue(noted), true, anyState...); t != nil || err != nil {
				return t, err
			}
		}
	}
	if e.stat.Nlink > 1 {
		if t, err := d.linkedTwin(e, target); t != nil || err != nil {
			return t, err
		}
	}
	// Older versions did not note where an entry was copied to. The
	// origin tells: hardly any entry in flight has its own queue as its origin otherwise.
	if e.from != InFlight || e.content == nil || e.content.WhichQueue() == "" || e.content.WhichQueue() != d.origin(e.content) {
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
