package fakedisk

import "slices"

// SyncFile makes a file's content, size, owner and mode durable.
func (d *Disk) SyncFile(n *Inode) { d.syncWrites(n, len(n.writes)) }

// syncWrites makes the oldest writes of a file durable, as many as the number says.
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

// logNames follows the sync of a file. When a directory that the file was renamed to is
// synced later, the names that the file has now survive, and no others.
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

// WriteBack makes nothing durable. Its failure is not returned.
func (f *File) WriteBack() {
	f.enter("writeback")
	f.sys.Disk.Mu.Unlock()
}

func (f *File) Sync() error {
	v, err := f.enter("sync")
	defer f.sys.Disk.Mu.Unlock()
	return f.sync(v, err)
}

// StartSync syncs when wait is called. It panics if the file was changed or closed in
// between, because the kernel might have synced it before the change.
func (f *File) StartSync() func() error {
	v, err := f.enter("sync")
	defer f.sys.Disk.Mu.Unlock()
	written, attributes := f.inode.ModTime, f.inode.attributes()
	return func() error {
		f.sys.Disk.Mu.Lock()
		defer f.sys.Disk.Mu.Unlock()
		if f.closed || written != f.inode.ModTime || attributes != f.inode.attributes() {
			panic("file changed during its sync: " + f.inode.Path)
		}
		return f.sync(v, err)
	}
}

func (f *File) sync(v Verdict, err error) error {
	if err == nil {
		err, f.inode.failed = f.inode.failed, nil
	}
	if err != nil {
		for i := range f.inode.writes {
			f.inode.writes[i].lost = true
		}
		return err
	}
	if !v.Pretend {
		f.sys.Disk.SyncFile(f.inode)
	}
	return nil
}
