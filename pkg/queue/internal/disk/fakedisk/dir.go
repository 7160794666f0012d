package fakedisk

import (
	"path"

	"golang.org/x/sys/unix"

	"switchboard/pkg/queue/internal/disk"
)

// Dir is an open directory.
type Dir struct {
	sys    *Process
	Inode  *Inode
	closed bool
}

func (d *Dir) Stat() (disk.Stat, error) {
	_, err := d.enter("statdir", "")
	defer d.sys.Disk.Mu.Unlock()
	return d.Inode.stat(), err
}

func (d *Dir) Above() (disk.Stat, error) {
	_, err := d.enter("statdir", "")
	defer d.sys.Disk.Mu.Unlock()
	if err != nil {
		return disk.Stat{}, err
	}
	n := d.sys.Disk.Lookup(path.Dir(d.Inode.Path))
	if n == nil {
		return disk.Stat{}, unix.ENOENT
	}
	return n.stat(), nil
}

func (d *Dir) Lstat(name string) (disk.Stat, error) {
	_, err := d.enter("lstat", name)
	defer d.sys.Disk.Mu.Unlock()
	if err != nil {
		return disk.Stat{}, err
	}
	n := d.look(name)
	if n == nil {
		return disk.Stat{}, unix.ENOENT
	}
	return n.stat(), nil
}

func (d *Dir) Relook(name string) (disk.Stat, error) {
	v, err := d.enter("relook", name)
	defer d.sys.Disk.Mu.Unlock()
	if err != nil {
		return disk.Stat{}, err
	}
	if !v.Pretend {
		d.sys.seen = nil
	}
	n := d.look(name)
	if n == nil {
		return disk.Stat{}, unix.ENOENT
	}
	return n.stat(), nil
}

// look looks a name up, in the process's cache if it is there. Only NFS has a cache.
func (d *Dir) look(name string) *Inode {
	if !d.sys.Disk.NFS {
		return d.Inode.Names[name]
	}
	key := slotName{d.Inode, name}
	n, cached := d.sys.seen[key]
	if !cached {
		n = d.Inode.Names[name]
		if d.sys.seen == nil {
			d.sys.seen = make(map[slotName]*Inode)
		}
		d.sys.seen[key] = n
	}
	return n
}

// set sets slots, and updates the process's cache.
func (d *Dir) set(slots ...Slot) {
	d.sys.Disk.Set(slots...)
	for _, s := range slots {
		if d.sys.seen != nil {
			d.sys.seen[slotName{s.Dir, s.Name}] = s.File
		}
	}
}

func (d *Dir) Read(fn func(name []byte, regular bool) error) error {
	_, err := d.enter("readdir", "")
	type entry struct {
		name    string
		regular bool
	}
	var list []entry
	d.sys.seen = nil                     // the kernel also asks for the directory's times
	for name, n := range d.Inode.Names { // in the map's random order
		list = append(list, entry{name, n.Kind == unix.S_IFREG})
	}
	d.sys.Disk.Mu.Unlock()
	if err != nil {
		return err
	}
	for _, e := range list {
		if err := fn([]byte(e.name), e.regular); err != nil {
			return err
		}
	}
	return nil
}

func (d *Dir) Mkdir(name string, mode uint32) (disk.Dir, error) {
	_, err := d.enter("mkdir", name)
	defer d.sys.Disk.Mu.Unlock()
	switch {
	case err != nil:
		return nil, err
	case d.Inode.Names[name] != nil:
		return nil, unix.EEXIST
	case !d.sys.may(d.Inode, 2):
		return nil, unix.EACCES
	}
	n := d.sys.Disk.newInode(d.Inode.FS, unix.S_IFDIR, mode)
	n.UID, n.GID, n.nlink = d.sys.UID, d.sys.groupIn(d.Inode), 1
	n.onDisk = n.attributes()
	d.set(Slot{d.Inode, name, n})
	return d.sys.openedDir(n), nil
}

func (d *Dir) Chown(uid, gid int) error {
	v, err := d.enter("chowndir", "")
	defer d.sys.Disk.Mu.Unlock()
	if err != nil || v.Pretend {
		return err
	}
	return d.sys.chown(d.Inode, uid, gid)
}

func (d *Dir) Holders(disk.File) string { return "" }

func (d *Dir) Reserve(int) {}

func (d *Dir) Close() error {
	_, err := d.enter("closedir", "")
	defer d.sys.Disk.Mu.Unlock()
	if d.closed {
		panic("directory closed twice: " + d.Inode.Path)
	}
	d.closed = true
	delete(d.sys.Disk.OpenDirs, d)
	return err
}
