package queue

import (
	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/disk"
)

// An entry's metadata is changed in place by a tail, written behind the pickle's end where
// it counts for nothing, and by one byte, the flip, which makes it part of the pickle. The
// message is not touched, and at every instant the file reads as before or as after.

// write opens the queue that the plan names, so that nothing is written if that fails, and
// writes the tail.
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

// tailed says that the tail is to be synced.
func (c *change) tailed() bool { return c.flips() && len(c.patch.Tail) > 0 }

// flips says that the byte is to be changed.
func (c *change) flips() bool { return c.err == nil && c.patch.FlipOff > 0 }

// amended says that the metadata is to be synced: a count must be on the disk before the
// entry is tried again, because it is what ends a message that brings its reader down.
func (c *change) amended() bool {
	return c.flips() || c.err == nil && c.plan.sets && len(c.plan.set) == 0 && !c.asks.dryRun
}

// writeTail writes what counts for nothing yet, and cuts off what was there before.
func writeTail(f disk.File, size int64, p message.Patch) error {
	if len(p.Tail) == 0 {
		return nil
	}
	_, err := f.WriteAt(p.Tail, p.TailOff)
	if end := p.TailOff + int64(len(p.Tail)); err == nil && size > end {
		err = f.Truncate(end)
	}
	if err != nil {
		// The disk may be full: what is behind the end is of no use to anyone.
		f.Truncate(p.TailOff)
	}
	return err
}

// flip makes the tail part of the pickle. Were that byte on the disk before the tail, the
// pickle would go on into whatever the disk holds there.
func flip(f disk.File, p message.Patch) error {
	_, err := f.WriteAt([]byte{p.Flip}, p.FlipOff)
	return err
}

// setInCopy patches a copy, makes it durable, and gives it the entry's name. The change
// goes on with the copy, which it has the lock of.
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
	// Where the names could not be exchanged the old one is gone already.
	if err := d.dir.Unlink(tmp); err != nil && err != disk.ErrNotExist {
		return c.fail(err)
	}
	if d.opt.NoSync {
		return nil
	}
	// Were the entry to move on before that is durable, a power cut could leave the
	// old file here and the new one there.
	if err := d.dir.Sync(); err != nil {
		return &Error{Path: d.path, Err: err}
	}
	return nil
}

// exchangePatched patches the file tmp, open as fresh, and swaps it with the one that is
// called name.
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
	// The lock must be there before the name is: a restorer looks at it.
	if _, err := fresh.Lock(); err != nil {
		return err
	}
	return d.exchange(tmp, name)
}
