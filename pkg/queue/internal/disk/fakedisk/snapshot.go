package fakedisk

import "slices"

// all lists the files that have a name, had one, or may have one after a power cut.
func (d *Disk) all() []*Inode {
	var list []*Inode
	seen := map[*Inode]bool{}
	var add func(n *Inode)
	add = func(n *Inode) {
		if n == nil || seen[n] {
			return
		}
		seen[n] = true
		list = append(list, n)
		for _, child := range n.Names {
			add(child)
		}
		for _, child := range n.Kept {
			add(child)
		}
		if n.Names != nil {
			for _, c := range n.FS.pending {
				for _, s := range c.slots {
					add(s.File)
				}
			}
		}
	}
	add(d.root)
	slices.SortFunc(list, func(a, b *Inode) int { return int(a.ino) - int(b.ino) })
	return list
}

// Snapshot copies the disk, including what is not yet durable. In the copy nothing is
// open or locked.
func (d *Disk) Snapshot() *Disk {
	s := &Disk{
		Clock: d.Clock, Split: d.Split, Links: d.Links, Relinks: d.Relinks,
		NFS: d.NFS, NFS3: d.NFS3, NoLinks: d.NoLinks, Ahead: d.Ahead, inodes: d.inodes,
		OpenFiles: map[*File]bool{}, OpenDirs: map[*Dir]bool{},
	}
	inodes, systems := map[*Inode]*Inode{}, map[*filesystem]*filesystem{}
	for _, n := range d.all() {
		twin := *n
		twin.locks, twin.ranges, twin.opened = nil, nil, 0
		twin.writes = slices.Clone(n.writes)
		inodes[n] = &twin
		if systems[n.FS] == nil {
			systems[n.FS] = &filesystem{dev: n.FS.dev}
		}
	}
	names := func(m map[string]*Inode) map[string]*Inode {
		if m == nil {
			return nil
		}
		twin := make(map[string]*Inode, len(m))
		for name, n := range m {
			twin[name] = inodes[n]
		}
		return twin
	}
	for n, twin := range inodes {
		twin.FS, twin.Names, twin.Kept = systems[n.FS], names(n.Names), names(n.Kept)
	}
	for fs, twin := range systems {
		for _, c := range fs.pending {
			slots := slices.Clone(c.slots)
			for i := range slots {
				slots[i].Dir, slots[i].File = inodes[slots[i].Dir], inodes[slots[i].File]
			}
			twin.pending = append(twin.pending, &change{slots, c.logged, inodes[c.leaves]})
		}
	}
	s.root = inodes[d.root]
	return s
}
