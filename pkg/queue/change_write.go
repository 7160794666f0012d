package queue

import (
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
		return c.fail(err)
	}
	return nil
}

// tailed reports whether a tail was written and must be synced.
func (c *change) tailed() bool { return c.flips() && len(c.patch.Tail) > 0 }

// flips reports whether the change has a flip.
func (c *change) flips() bool { return c.err == nil && c.patch.FlipOff > 0 }

// amended reports whether the metadata must be synced after the flip. A restore count must
// be on the disk before the entry is tried again: only the count stops a message that
// crashes the machine each time.
func (c *change) amended() bool {
	return c.flips() || c.err == nil && c.plan.sets && len(c.plan.set) == 0 && !c.asks.dryRun
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
	if err := d.dir.Sync(); err != nil {
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
