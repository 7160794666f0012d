package queue

import (
	"errors"

	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/disk"
)

// begin takes an entry, plans its change and writes the tail.
func (d *Dir) begin(id ID, r *request) *change {
	c := &change{dir: d, asks: r, id: id, path: d.EntryPath(id, r.from)}
	if c.err = c.take(); c.err == nil {
		c.err = c.look()
	}
	if content := c.found.content; content != nil {
		c.about = d.about(content)
		// Do not hold the content of thousands of entries in memory.
		defer func() { content.Release(); c.found.content = nil }()
	}
	if c.err == nil {
		c.plan = r.plan(&c.found)
	}
	if c.err == nil && !r.dryRun {
		c.err = c.write()
	}
	return c
}

// take opens the entry, and locks it if the verb needs that.
func (c *change) take() (err error) {
	switch {
	case c.asks.verb == requeues:
		return c.takeUnlocked()
	case c.asks.claim != nil:
		c.file, c.found.stat, err = c.asks.claim.openRW()
		return err
	}
	return c.takeLocked()
}

// takeLocked opens and locks the entry, and only then checks that the file still has its
// name: another restorer may have been faster, and the entry may be ready or claimed
// again. A dry run opens the file for reading, because it must work on a filesystem that
// is mounted read-only.
func (c *change) takeLocked() error {
	d, from := c.dir, c.asks.from
	how, lock := disk.Dir.OpenRW, disk.File.Lock
	switch {
	case c.asks.verb == discards:
		how, lock = disk.Dir.Open, lockClaim // nothing is written
	case c.asks.dryRun:
		how = disk.Dir.Open
	}
	f, st, locked, err := d.openLocked(c.id, from, how, lock)
	if c.asks.dryRun && errors.Is(err, disk.ErrNotWritable) {
		// NFS 4 locks only what is open for writing.
		f, st, locked, err = d.openLocked(c.id, from, disk.Dir.OpenRW, disk.File.Lock)
	}
	if err != nil {
		return err
	}
	c.file, c.found.stat = f, st
	if !locked {
		// A handler, such as a script, may keep its lock on an entry that it preserves.
		if c.asks.verb != preserves {
			return d.busy(f, c.path)
		}
		c.found.held = true
	}
	return c.stillNamed()
}

// stillNamed fails if the open file does not have the entry's name any more.
func (c *change) stillNamed() error {
	now, err := c.dir.dir.Relook(c.id.Name(c.asks.from))
	if err == disk.ErrNotExist || err == nil && !now.Same(c.found.stat) {
		err = missing(c.asks.from)
	}
	if err != nil {
		return c.fail(err)
	}
	return nil
}

// takeUnlocked opens the entry only to find an interrupted move. It does not lock it,
// because the caller may have the lock. If the entry may not be read, no interrupted move
// can be found, and the requeue goes on.
func (c *change) takeUnlocked() (err error) {
	if st, err := c.dir.dir.Lstat(c.id.Name(c.asks.from)); err == nil && !st.Regular() {
		return c.fail(ErrStray)
	}
	c.file, c.found.stat, err = c.dir.open(c.id, c.asks.from, disk.Dir.Open)
	if errors.Is(err, disk.ErrAccess) {
		return nil
	}
	return err
}

// look finds out the facts for the plan. After an error the entry stays as it is.
func (c *change) look() error {
	if c.asks.verb == restores {
		if err := c.lookBeforeRestore(); err != nil {
			return err
		}
	}
	if c.file == nil {
		return nil
	}
	content, err := message.Read(c.file, c.found.stat.Size)
	c.found.malformed = err
	switch {
	case err == nil:
		c.found.content = content
		c.found.origin = c.dir.origin(content)
	case !errors.Is(err, ErrMalformed):
		return c.failFile(err)
	case c.asks.verb == releases:
		return &Error{Path: c.path, Err: err, Remedy: "qcat --raw shows how far it can be read"}
	case c.asks.verb == shunts, c.asks.verb == retries:
		return c.fail(err)
	}
	var noTarget error
	switch c.asks.verb {
	case releases:
		c.found.target, noTarget = c.asks.target(c.id, content)
	case moves:
		if c.found.target, err = c.openMoveTarget(); err != nil {
			return err
		}
	}
	// Dequeue looked for a twin when it claimed the entry.
	if c.asks.claim == nil {
		if err := c.lookForTwin(); err != nil || c.found.twin != nil {
			return err
		}
	}
	switch c.asks.verb {
	case releases:
		return c.lookBeforeRelease(noTarget)
	case moves:
		return c.lookBeforeMove()
	case discards:
		return c.notPair()
	}
	return nil
}

// lookForTwin searches other queues for the entry. If a crash interrupted its move from
// another queue to this one, lookForTwin completes that move at once. If the move was to
// another queue, the plan will complete it.
func (c *change) lookForTwin() error {
	d, e := c.dir, &entryOf{c.file, c.found.stat, c.id, c.asks.from, c.found.content}
	if !c.asks.dryRun {
		if err := d.removeOriginal(e, e.from); err != nil {
			return err
		}
	}
	t, err := d.twinOf(e, c.found.target)
	if t == nil || err != nil {
		return err
	}
	if t.stays {
		c.found.twin = t
		return nil
	}
	defer t.close()
	if c.asks.dryRun {
		return nil
	}
	c.found.stat.Nlink--
	return d.arrived(t, e, e.from)
}
