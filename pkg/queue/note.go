package queue

import (
	"errors"

	"switchboard/pkg/message"
)

// Before an entry is copied to another filesystem, a note is added to its metadata. It has
// two keys with absolute paths without links: movingToKey is the queue that the entry
// moves to, movingFromKey the queue that it leaves.
//
// A crash between the copy's rename and the unlink of the original leaves the entry in
// both queues. A process that meets the original finds the copy by the note, whatever its
// options are and by whatever path it opened the queue, and completes the move. The copy
// has the same note. A process that meets the copy first finds the original by it and
// completes the move, too, because the copy may be gone when somebody meets the original.
// The note therefore never has to be cleared. Mailman leaves out keys that begin with "_"
// when it hands an entry on.
const (
	movingToKey   = message.MovingToKey
	movingFromKey = message.MovingFromKey
)

// noteMove returns the settings that note the move of an entry to another filesystem, or
// nil if it has that note.
func (d *Dir) noteMove(c *message.Content, to *Dir) []message.Setting {
	if c.MovingTo() == to.resolved() && c.MovingFrom() == d.resolved() {
		return nil
	}
	return []message.Setting{{Key: movingToKey, Value: to.resolved()}, {Key: movingFromKey, Value: d.resolved()}}
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
			return d.arrived(t, e.file, e.id, as)
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
	from, err := d.openPlace(path, d.namesQueue(path))
	if errors.As(err, new(noQueue)) || refused(err) {
		return nil, nil // root has moved nothing from a queue that it does not enter
	}
	return from, d.cannotLook(e, err)
}
