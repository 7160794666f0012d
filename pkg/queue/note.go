package queue

import (
	"errors"

	"switchboard/pkg/message"
)

// An entry that is about to be copied to another filesystem has a note in its metadata: in
// movingToKey the path, without links, of the queue that it moves to, in movingFromKey that
// of the queue that it leaves. A crash between the copy's rename and the unlink of the
// original leaves the entry in both queues. By the note whoever meets the original finds
// the copy, with whatever options and by whatever path, and completes the move. The copy
// has the note, too. There it names the queue that the copy is in, and where the original
// may still be: whoever takes up the copy first completes the move as well, because the
// copy may be gone when somebody meets the original. So the note never has to be cleared.
// Mailman drops keys that begin with "_" when it hands an entry on.
const (
	movingToKey   = message.MovingToKey
	movingFromKey = message.MovingFromKey
)

// noteMove is what is to be set in an entry that is about to be copied to another
// filesystem.
func (d *Dir) noteMove(c *message.Content, to *Dir) []message.Setting {
	if c.MovingTo() == to.resolved() && c.MovingFrom() == d.resolved() {
		return nil
	}
	return []message.Setting{{Key: movingToKey, Value: to.resolved()}, {Key: movingFromKey, Value: d.resolved()}}
}

// removeOriginal completes the move of an entry that was copied to here: the original, if
// a crash left it in the queue that the note names, goes. as is the entry's state now.
//
// If it has gone already, a run that was killed may not have made that durable. Nobody could
// tell any more, once the entry is another one, that an original which a power cut brings
// back is not another message.
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

// openOriginal opens the queue that an entry which was copied to here came from, and returns
// nil if there is none.
func (d *Dir) openOriginal(e *entryOf) (*Dir, error) {
	if e.content == nil || e.content.MovingTo() != d.resolved() {
		return nil, nil
	}
	path := e.content.MovingFrom()
	if path == "" || path == d.resolved() {
		return nil, nil // noted before there was a movingFromKey
	}
	from, err := d.openPlace(path, d.namesQueue(path))
	if errors.As(err, new(noQueue)) || refused(err) {
		return nil, nil // nothing was moved from where root does not go
	}
	return from, d.cannotLook(e, err)
}
