package queue

import (
	"errors"

	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/disk"
)

// An entry's metadata is changed in place in two steps. The tail is written after the end
// of the pickle, where readers ignore it. Then the flip, a single byte, makes it part of
// the pickle. The message does not change, and at every instant a reader sees either the
// old or the new metadata.

// write opens the queue that the plan names, and then writes the tail. If the queue cannot
// be opened, it writes nothing.
func (c *change) write() (err error) {
	if c.queue, err = c.dir.openTarget(c.plan.to); err != nil {
		return err
	}
	if c.plan.gives {
		if err := c.give(); err != nil {
			return err
		}
	}
	if c.plan.touches {
		if err := c.file.Touch(); err != nil {
			return c.failFile(err)
		}
	}
	if !c.plan.sets || len(c.plan.set) == 0 {
		return nil
	}
	patch, err := c.found.content.Patch(c.plan.set...)
	if err != nil {
		return c.fail(err)
	}
	if c.plan.inCopy {
		return c.setInCopy(patch)
	}
	c.patch = patch
	if err := writeTail(c.file, c.found.stat.Size, patch); err != nil {
		return c.failFile(err)
	}
	return nil
}

// openTarget opens the queue that an entry goes to, and makes it if it is missing.
func (d *Dir) openTarget(t target) (*Dir, error) {
	switch t.kind {
	case toBadQueue:
		return d.openBad()
	case toShuntQueue:
		return d.openShunt()
	case toRetryQueue:
		return d.openRetry()
	case toOtherQueue:
		return t.queue, nil
	}
	return d, nil
}

// tailed reports whether a tail was written and must be synced.
func (c *change) tailed() bool { return c.flips() && len(c.patch.Tail) > 0 }

// flips reports whether the change has a flip.
func (c *change) flips() bool { return c.err == nil && c.patch.FlipOff > 0 }

// amended reports whether the file must be synced after the flip. A restore count must
// be on the disk before the entry is tried again: only the count stops a message that
// crashes the machine each time.
func (c *change) amended() bool {
	return c.flips() || c.err == nil && (c.plan.attributes || c.plan.sets && len(c.plan.set) == 0) && !c.asks.dryRun
}

// writeTail writes the tail, and cuts off what an earlier run left after it.
func writeTail(f disk.File, size int64, p message.Patch) error {
	if len(p.Tail) == 0 {
		return nil
	}
	_, err := f.WriteAt(p.Tail, p.TailOff)
	if end := p.TailOff + int64(len(p.Tail)); err == nil && size > end {
		err = f.Truncate(end)
	}
	if err != nil {
		// The disk may be full: free the space of what was written.
		f.Truncate(p.TailOff)
	}
	return err
}

// flip makes the tail part of the pickle. If the flip reached the disk before the tail, the
// pickle would continue into whatever the disk holds there.
func flip(f disk.File, p message.Patch) error {
	_, err := f.WriteAt([]byte{p.Flip}, p.FlipOff)
	return err
}

// move gives the entry the planned name. The move is not durable until the sync that
// Dir.startSyncMoves starts.
func (c *change) move() error {
	d, from, to := c.dir, c.asks.from, c.queue
	switch {
	case c.plan.completes:
		if err := d.complete(c.found.twin, c.id, from); err != nil {
			return err
		}
		return c.movedElsewhere()
	case c.asks.verb == discards:
		return c.discard()
	case c.asks.verb == copies:
		return c.copyOver()
	}
	err := d.rename(c.id, from, to, c.plan.as)
	switch {
	case err == nil && to != d && !d.opt.NoSync && to.dir.Relinks():
		d.relinked = append(d.relinked, c.file)
	case errors.Is(err, disk.ErrCrossDevice) && c.asks.verb == moves:
		return c.claimAndMoveFar()
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

// targetPath returns the path that a plan gives an entry.
func (d *Dir) targetPath(p plan, id ID) string {
	switch p.to.kind {
	case toBadQueue:
		return join(d.badPath(), id.Name(p.as))
	case toShuntQueue:
		return join(d.ShuntPath(), id.Name(p.as))
	case toRetryQueue:
		return join(d.RetryPath(), id.Name(p.as))
	case toOtherQueue:
		return p.to.queue.EntryPath(id, p.as)
	case toQueueBeside:
		return join(d.BesidePath(p.to.name), id.Name(p.as))
	}
	return d.EntryPath(id, p.as)
}
