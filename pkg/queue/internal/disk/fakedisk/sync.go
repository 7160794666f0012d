package fakedisk

import "slices"

// SyncFile makes a file's content, size, owner and mode durable.
func (d *Disk) SyncFile(n *Inode) { d.syncWrites(n, len(n.writes)) }

// syncWrites makes the first writes of those that are not durable so.
func (d *Disk) syncWrites(n *Inode, writes int) {
	lost := false
	first, later := n.writes[:writes], n.writes[writes:]
	for _, e := range first {
		if lost = lost || e.lost; !e.lost {
			n.synced = e.apply(n.synced)
		}
	}
	if !lost && len(later) == 0 {
		n.synced = n.Data
	}
	n.writes = append(slices.DeleteFunc(slices.Clone(first), func(e extent) bool { return !e.lost }), later...)
	n.onDisk = n.attributes()
	d.logNames(n)
	d.Version++
}

// logNames has the names that a file has now, and no others, survive the sync of a
// directory that it was renamed to.
func (d *Disk) logNames(n *Inode) {
	var rest []*change
	for _, c := range n.FS.pending {
		if c.leaves == n {
			c.keep()
			continue
		}
		c.logged = c.logged || len(c.slots) == 2 && c.slots[1].File == n
		rest = append(rest, c)
	}
	n.FS.pending = rest
}

// fsSync is a sync of the content that was on a filesystem when it began. Names it
// leaves as they are: see disk.Dir.SyncFS.
type fsSync struct {
	disk *Disk
	fs   *filesystem
	// writes is how many there were of each file.
	writes map[*Inode]int
}

func (d *Disk) StartSyncFS(fs *filesystem) *fsSync {
	s := &fsSync{d, fs, map[*Inode]int{}}
	for _, n := range d.all() {
		s.writes[n] = len(n.writes)
	}
	return s
}

func (s *fsSync) Finish() {
	for n, writes := range s.writes {
		if n.FS == s.fs {
			s.disk.syncWrites(n, min(writes, len(n.writes)))
		}
	}
}

// fail is that what was written meanwhile did not reach the disk. No later sync of
// the filesystem tells of that, one of the file does.
func (s *fsSync) fail(err error) {
	for _, n := range s.disk.all() {
		for i := min(s.writes[n], len(n.writes)); n.FS == s.fs && i < len(n.writes); i++ {
			n.writes[i].lost, n.failed = true, err
		}
	}
}

// Settle makes everything on a filesystem durable, as it is after a while.
func (d *Disk) Settle(fs *filesystem) {
	d.StartSyncFS(fs).Finish()
	for _, c := range fs.pending {
		c.keep()
	}
	fs.pending = nil
	d.Version++
}

// keep makes a change of names durable.
func (c *change) keep() {
	for _, s := range c.slots {
		if s.File == nil {
			delete(s.Dir.Kept, s.Name)
		} else {
			s.Dir.Kept[s.Name] = s.File
		}
	}
}

// after says whether c changes a name that earlier changed: such two keep
// their order.
func (c *change) after(earlier *change) bool {
	for _, s := range c.slots {
		for _, t := range earlier.slots {
			if s.Dir == t.Dir && s.Name == t.Name {
				return true
			}
		}
	}
	return false
}

// SyncDir makes the changes of a directory's names durable. A rename between
// directories is, as a whole, once the one that it went to is synced.
func (d *Disk) SyncDir(dir *Inode) {
	fs := dir.FS
	if d.Split {
		d.splitRenames(dir)
	}
	if d.Links {
		d.linkRenames(dir)
	}
	durable := make([]bool, len(fs.pending))
	for i := len(fs.pending) - 1; i >= 0; i-- {
		c := fs.pending[i]
		arrives := slices.ContainsFunc(c.slots, func(s Slot) bool {
			return s.Dir == dir && (s.File != nil || len(c.slots) == 1)
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
	d.Version++
}

// splitRenames takes the renames out of dir apart.
func (d *Disk) splitRenames(dir *Inode) {
	var list []*change
	for _, c := range dir.FS.pending {
		if len(c.slots) == 2 && c.slots[0].Dir == dir && c.slots[0].File == nil && c.slots[1].Dir != dir {
			list = append(list, &change{slots: c.slots[:1]}, &change{slots: c.slots[1:]})
		} else {
			list = append(list, c)
		}
	}
	dir.FS.pending = list
}

// linkRenames leaves the old names of what was renamed to dir for later.
func (d *Disk) linkRenames(dir *Inode) {
	var list []*change
	for _, c := range dir.FS.pending {
		if len(c.slots) == 2 && c.slots[0].File == nil && c.slots[0].Dir != dir && c.slots[1].Dir == dir && !c.logged {
			list = append(list, &change{slots: c.slots[1:]}, &change{slots: c.slots[:1], leaves: c.slots[1].File})
		} else {
			list = append(list, c)
		}
	}
	dir.FS.pending = list
}
