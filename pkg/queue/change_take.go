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
		// Thousands of them would be in memory at once.
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

// take opens the entry, and locks it where the verb needs that.
func (c *change) take() error {
	switch {
	case c.asks.verb == requeues:
		return c.takeUnlocked()
	case c.asks.claim != nil:
		return c.takeClaimed()
	}
	return c.takeLocked()
}

// takeLocked asks only once it has the lock whether the file still has its name: another
// restorer may have been faster, and the entry be ready, or claimed anew. A dry run works
// on a filesystem that is mounted read-only.
func (c *change) takeLocked() error {
	d, from := c.dir, c.asks.from
	how := disk.Dir.OpenRW
	if c.asks.dryRun {
		how = disk.Dir.Open
	}
	f, st, locked, err := d.openLocked(c.id, from, how, disk.File.Lock)
	if c.asks.dryRun && errors.Is(err, disk.ErrNotWritable) {
		// NFS 4 locks only what is open for writing.
		f, st, locked, err = d.openLocked(c.id, from, disk.Dir.OpenRW, disk.File.Lock)
	}
	if err != nil {
		return err
	}
	c.file, c.found.stat = f, st
	if !locked {
		// To preserve an entry its handler keeps the lock on it: a script's, for one.
		if c.asks.verb != preserves {
			return d.busy(f, c.path)
		}
		c.found.held = true
	}
	return c.stillNamed()
}

// stillNamed fails if the entry's name is not that of the open file any more.
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

// takeClaimed opens the entry anew: the claim's own descriptor cannot write, because what
// COMMAND inherits must not. The claim has the lock, and nobody else changes the entry.
func (c *change) takeClaimed() (err error) {
	mine, err := c.asks.claim.file.Stat()
	if err != nil {
		return c.fail(err)
	}
	c.file, c.found.stat, err = c.dir.open(c.id, c.asks.from, disk.Dir.OpenRW)
	if err == nil && !c.found.stat.Same(mine) {
		err = c.fail(missing(c.asks.from))
	}
	return err
}

// takeUnlocked opens the entry only to find an interrupted move. The caller may have the
// lock. Of an entry that may not be read no move can be found.
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

// look finds out what the plan depends on. An error leaves the entry alone.
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
	switch {
	case err == nil:
		c.found.content = content
		c.found.origin = c.dir.origin(content)
	case !errors.Is(err, ErrMalformed):
		return c.fail(err)
	case c.asks.verb == releases:
		return &Error{Path: c.path, Err: err, Remedy: "qcat --raw shows how far it can be read"}
	case c.asks.verb == shunts:
		return c.fail(err)
	}
	var noTarget error
	if c.asks.verb == releases {
		c.found.target, noTarget = c.asks.target(c.id, content)
	}
	// Who claimed it looked for its twin then.
	if c.asks.claim == nil {
		if err := c.lookForTwin(); err != nil || c.found.twin != nil {
			return err
		}
	}
	if c.asks.verb == releases {
		return c.lookBeforeRelease(noTarget)
	}
	return nil
}

// lookForTwin looks for the entry in other queues. If a crash interrupted its move from
// there to here, that move is completed at once.
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
	return d.arrived(t, c.file, c.id, e.from)
}
