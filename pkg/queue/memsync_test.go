package queue

import (
	"slices"
)

// syncFile makes a file's content, size, owner and mode durable.
func (d *memDisk) syncFile(n *inode) { d.syncWrites(n, len(n.writes)) }

// syncWrites makes the first writes of those that are not durable so.
func (d *memDisk) syncWrites(n *inode, writes int) {
	lost := false
	first, later := n.writes[:writes], n.writes[writes:]
	for _, e := range first {
		if lost = lost || e.lost; !e.lost {
			n.synced = e.apply(n.synced)
		}
	}
	if !lost && len(later) == 0 {
		n.synced = n.data
	}
	n.writes = append(slices.DeleteFunc(slices.Clone(first), func(e extent) bool { return !e.lost }), later...)
	n.onDisk = n.attributes()
	d.logNames(n)
	d.version++
}

// logNames has the names that a file has now, and no others, survive the sync of a
// directory that it was renamed to.
func (d *memDisk) logNames(n *inode) {
	var rest []*change
	for _, c := range n.fs.pending {
		if c.leaves == n {
			c.keep()
			continue
		}
		c.logged = c.logged || len(c.slots) == 2 && c.slots[1].file == n
		rest = append(rest, c)
	}
	n.fs.pending = rest
}

// fsSync is a sync of the content that was on a filesystem when it began. Names it
// leaves as they are: see osDir.SyncFS.
type fsSync struct {
	disk *memDisk
	fs   *memFS
	// writes is how many there were of each file.
	writes map[*inode]int
}

func (d *memDisk) startSyncFS(fs *memFS) *fsSync {
	s := &fsSync{d, fs, map[*inode]int{}}
	for _, n := range d.all() {
		s.writes[n] = len(n.writes)
	}
	return s
}

func (s *fsSync) finish() {
	for n, writes := range s.writes {
		if n.fs == s.fs {
			s.disk.syncWrites(n, min(writes, len(n.writes)))
		}
	}
}

// fail is that what was written meanwhile did not reach the disk. No later sync of
// the filesystem tells of that, one of the file does.
func (s *fsSync) fail(err error) {
	for _, n := range s.disk.all() {
		for i := min(s.writes[n], len(n.writes)); n.fs == s.fs && i < len(n.writes); i++ {
			n.writes[i].lost, n.failed = true, err
		}
	}
}

// settle makes everything on a filesystem durable, as it is after a while.
func (d *memDisk) settle(fs *memFS) {
	d.startSyncFS(fs).finish()
	for _, c := range fs.pending {
		c.keep()
	}
	fs.pending = nil
	d.version++
}

// keep makes a change of names durable.
func (c *change) keep() {
	for _, s := range c.slots {
		if s.file == nil {
			delete(s.dir.kept, s.name)
		} else {
			s.dir.kept[s.name] = s.file
		}
	}
}

// after says whether c changes a name that earlier changed: such two keep
// their order.
func (c *change) after(earlier *change) bool {
	for _, s := range c.slots {
		for _, t := range earlier.slots {
			if s.dir == t.dir && s.name == t.name {
				return true
			}
		}
	}
	return false
}

// syncDir makes the changes of a directory's names durable. A rename between
// directories is, as a whole, once the one that it went to is synced.
func (d *memDisk) syncDir(dir *inode) {
	fs := dir.fs
	if d.split {
		d.splitRenames(dir)
	}
	if d.links {
		d.linkRenames(dir)
	}
	durable := make([]bool, len(fs.pending))
	for i := len(fs.pending) - 1; i >= 0; i-- {
		c := fs.pending[i]
		arrives := slices.ContainsFunc(c.slots, func(s slot) bool {
			return s.dir == dir && (s.file != nil || len(c.slots) == 1)
		})
		if durable[i] = durable[i] || arrives; durable[i] {
			for j := range i {
				durable[j] = durable[j] || c.after(fs.pending[j])
			}
		}
	}
	var rest []*change
	for i, c := range fs.pending {
		if durable[i] {
			c.keep()
		} else {
			rest = append(rest, c)
		}
	}
	fs.pending = rest
	d.version++
}

// splitRenames takes the renames out of dir apart.
func (d *memDisk) splitRenames(dir *inode) {
	var list []*change
	for _, c := range dir.fs.pending {
		if len(c.slots) == 2 && c.slots[0].dir == dir && c.slots[0].file == nil && c.slots[1].dir != dir {
			list = append(list, &change{slots: c.slots[:1]}, &change{slots: c.slots[1:]})
		} else {
			list = append(list, c)
		}
	}
	dir.fs.pending = list
}

// linkRenames leaves the old names of what was renamed to dir for later.
func (d *memDisk) linkRenames(dir *inode) {
	var list []*change
	for _, c := range dir.fs.pending {
		if len(c.slots) == 2 && c.slots[0].file == nil && c.slots[0].dir != dir && c.slots[1].dir == dir && !c.logged {
			list = append(list, &change{slots: c.slots[1:]}, &change{slots: c.slots[:1], leaves: c.slots[1].file})
		} else {
			list = append(list, c)
		}
	}
	dir.fs.pending = list
}
