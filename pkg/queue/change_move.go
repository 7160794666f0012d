package queue

import (
	"errors"

	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/disk"
)

// move gives the entry the planned name. The move is not durable until the sync that
// Dir.startSyncMoves starts.
func (c *change) move() error {
	d, from, to := c.dir, c.asks.from, c.queue
	switch {
	case c.plan.completes:
		return d.complete(c.found.twin, c.id, from)
	case c.asks.verb == copies:
		return c.copyOver()
	}
	err := d.rename(c.id, from, to, c.plan.as)
	switch {
	case err == nil && to != d && !d.opt.NoSync && to.dir.Relinks():
		d.relinked = append(d.relinked, c.file)
	case errors.Is(err, disk.ErrCrossDevice):
		return c.moveFar()
	case errors.Is(err, ErrConflict) && to != d:
		// Perhaps a crash interrupted this very move after the entry got its new name.
		there, failed := c.equalThere()
		if there == nil {
			return firstError(failed, err)
		}
		defer there.file.Close()
		return d.complete(there, c.id, from)
	}
	return err
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
	far.plan = plan{to: target{toOtherQueue, c.queue}, as: c.plan.as}
	c.file = nil // far closes it
	far.err = far.noteFar()
	var err error
	c.dir.carryOut([]*change{far}, nil, far.asks, func(_ Outcome, failed error) { err = failed })
	if err != nil {
		return err
	}
	c.dir.moved(c.id, c.asks.from, c.queue, c.plan.as)
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
