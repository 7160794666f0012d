package fakedisk

import "slices"

// SyncDir makes durable a directory's owner and mode, and the changes of its names. A rename
// between directories becomes durable as a whole when the new directory is synced.
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
	dir.onDisk = dir.attributes()
	d.Version++
}

// splitRenames splits the renames out of dir into two changes each: see Disk.Split.
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

// linkRenames splits the renames into dir: the old name goes later. See Disk.Links.
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

func (d *Dir) Sync() error {
	v, err := d.enter("syncdir", "")
	defer d.sys.Disk.Mu.Unlock()
	if err == nil && !v.Pretend {
		d.sys.Disk.SyncDir(d.Inode)
	}
	return err
}

func (d *Dir) Relinks() bool { return d.sys.Disk.Relinks }

// StartSync syncs when wait is called.
func (d *Dir) StartSync() func() error {
	disk := d.sys.Disk
	v, err := d.enter("syncdir", "")
	defer disk.Mu.Unlock()
	return func() error {
		disk.Mu.Lock()
		defer disk.Mu.Unlock()
		if err == nil && !v.Pretend {
			disk.SyncDir(d.Inode)
		}
		return err
	}
}

// SyncFS syncs when wait is called, but only what was written before SyncFS.
func (d *Dir) SyncFS() func() error {
	disk := d.sys.Disk
	v, err := d.enter("syncfs", "")
	defer disk.Mu.Unlock()
	sync := disk.StartSyncFS(d.Inode.FS)
	return func() error {
		disk.Mu.Lock()
		defer disk.Mu.Unlock()
		switch {
		case err != nil:
			sync.fail(err)
		case !v.Pretend:
			sync.Finish()
		}
		return err
	}
}
