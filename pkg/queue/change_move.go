package queue

import (
	"errors"

	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/disk"
)

// move gives the entry the name that was planned for it. That is not durable: see
// Dir.startSyncMoves.
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
		// A crash may have interrupted its move after the new name was there.
		there, failed := c.equalThere()
		if there == nil {
			return firstError(failed, err)
		}
		defer there.file.Close()
		return d.complete(there, c.id, from)
	}
	return err
}

// moveFar moves an entry to another filesystem, by a change of its own: it notes in the
// entry where it goes, copies it there, and syncs each. Only then is the old name unlinked.
//
//	tail | sync | flip | sync | copy, sync, rename | sync names | unlink
//
// A crash before the rename leaves a temporary file. One between rename and unlink leaves
// the entry under both names, and the note says where the other one is. There is no order
// without either a moment of two names or a moment of none.
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

// noteFar plans for the entry, open as it is, the note of where it is copied to, and writes
// the tail. In a malformed entry nothing can be noted.
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

// copyOver copies the entry, and gives the copy its name, durably. The moves of other
// entries are not touched: some may have files to be synced before their names.
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

// copiedBefore fails with why unless the file in the way is a copy of the entry, made
// before a crash. The crash may have come before the copy was durable.
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

// equalThere opens the file that has the new name, if it is another name of the entry's
// file or a copy of it, and else returns nil.
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
