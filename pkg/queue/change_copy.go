package queue

import (
	"errors"

	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/disk"
)

// setInCopy patches a copy, makes it durable, and gives it the entry's name. The change
// goes on with the copy, which it has locked.
func (c *change) setInCopy(patch message.Patch) error {
	d, name := c.dir, c.id.Name(c.asks.from)
	tmp, err := d.copyIn(c.file, c.id)
	if err != nil {
		return c.fail(err)
	}
	fresh, err := d.dir.OpenRW(tmp)
	if err == nil {
		if err = d.exchangePatched(fresh, c.found.stat.Size, patch, tmp, name); err != nil {
			fresh.Close()
		}
	}
	if err != nil {
		d.dir.Unlink(tmp)
		if err == disk.ErrNotExist {
			err = missing(c.asks.from)
		}
		return c.fail(err)
	}
	c.file.Close()
	c.file, c.found.held = fresh, false
	// If the copy replaced the entry instead of an exchange of names, tmp is gone already.
	if err := d.dir.Unlink(tmp); err != nil && err != disk.ErrNotExist {
		return c.fail(err)
	}
	if d.opt.NoSync {
		return nil
	}
	// If the entry moved on before the new name is durable, a power cut could leave the
	// old file in this queue and the new one in the next.
	if err := d.syncNames(); err != nil {
		return &Error{Path: d.path, Err: err}
	}
	return nil
}

// exchangePatched patches the file tmp, open as fresh, and swaps its name with name.
func (d *Dir) exchangePatched(fresh disk.File, size int64, patch message.Patch, tmp, name string) error {
	if err := writeTail(fresh, size, patch); err != nil {
		return err
	}
	if err := flip(fresh, patch); err != nil {
		return err
	}
	if !d.opt.NoSync {
		if err := fresh.Sync(); err != nil {
			return err
		}
	}
	// Lock the copy before it gets the name: a restorer could lock it first.
	if _, err := fresh.Lock(); err != nil {
		return err
	}
	return d.exchange(tmp, name)
}

// moveFar moves an entry to another filesystem. It runs a second change, which notes the
// target in the entry, copies the entry, and syncs both. Only then does moveFar unlink the
// old name.
//
//	tail | sync | flip | sync | copy, sync, rename | sync names | unlink
//
// A crash before the rename leaves a temporary file. A crash between rename and unlink
// leaves the entry under both names, and by the note each can be found from the other. No
// order of the steps avoids both a moment with two names and a moment with none.
func (c *change) moveFar() error {
	far := &change{
		dir: c.dir, asks: &request{verb: copies, from: c.asks.from, named: true}, id: c.id, path: c.path,
		file: c.file, borrowed: c.borrowed, found: c.found, queue: c.queue,
	}
	far.plan = plan{to: toQueue(c.queue), as: c.plan.as}
	c.file = nil // far closes it
	far.err = far.noteFar()
	var err error
	c.dir.carryOut([]*change{far}, these(), far.asks, func(_ Outcome, failed error) { err = failed })
	if err != nil {
		return err
	}
	return c.dir.unlinkMoved(c.id, c.asks.from)
}

// noteFar plans the note of where the entry is copied to, and writes its tail. A malformed
// entry gets no note, because it has no metadata.
func (c *change) noteFar() error {
	st, err := c.file.Stat()
	if err != nil {
		return c.fail(err)
	}
	c.found.stat = st
	content, err := message.Read(c.file, st.Size)
	if errors.Is(err, ErrMalformed) {
		return nil
	}
	if err != nil {
		return c.fail(err)
	}
	c.found.content = content
	defer func() { content.Release(); c.found.content = nil }()
	c.plan.sets, c.plan.set = true, c.dir.noteMove(content, c.queue)
	c.plan.inCopy = st.Nlink > 1 || c.found.held
	return c.write()
}

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

// copyOver copies the entry to its new queue and makes the copy and its name durable. It
// does not call Dir.Sync, which would sync the names of other entries whose files may have
// to be synced first.
func (c *change) copyOver() error {
	to := c.queue
	fail := func(err error) error { return &Error{Path: to.EntryPath(c.id, c.plan.as), Err: err} }
	tmp, err := to.copyIn(c.file, c.id)
	if err != nil {
		return fail(err)
	}
	err = to.renameFile(tmp, to, c.id.Name(c.plan.as))
	if err != nil {
		to.dir.Unlink(tmp)
	}
	if err == disk.ErrExist {
		err = c.copiedBefore(fail(conflict(to.EntryPath(c.id, c.plan.as))))
	} else if err != nil {
		err = fail(err)
	}
	if err == nil && !c.dir.opt.NoSync {
		if err = to.dir.Sync(); err != nil {
			err = &Error{Path: to.path, Err: err}
		}
	}
	return err
}

// copiedBefore returns nil if the file in the way is a copy of the entry that was made
// before a crash, and otherwise why. It syncs the copy, because the crash may have come
// before it was durable.
func (c *change) copiedBefore(why error) error {
	there, err := c.equalThere()
	if there == nil {
		return firstError(err, why)
	}
	defer there.file.Close()
	if !c.dir.opt.NoSync {
		err = there.file.Sync()
	}
	if err != nil {
		return &Error{Path: c.queue.EntryPath(c.id, c.plan.as), Err: err}
	}
	return nil
}

// equalThere opens the file that has the new name if it is the entry's own file or a copy
// of it, and otherwise returns nil.
func (c *change) equalThere() (*twin, error) {
	st, err := c.file.Stat()
	if err != nil {
		return nil, c.fail(err)
	}
	content, err := message.Read(c.file, st.Size)
	if err != nil && !errors.Is(err, ErrMalformed) {
		return nil, c.fail(err)
	}
	noted := false
	if err == nil {
		defer content.Release()
		noted = content.MovingTo() == c.queue.resolved()
	}
	return c.queue.openTwin(&entryOf{c.file, st, c.id, c.asks.from, content}, c.plan.as, noted)
}
