package fakedisk

import (
	"golang.org/x/sys/unix"

	"switchboard/pkg/queue/internal/disk"
)

func (d *Dir) Open(name string) (disk.File, error)   { return d.openFile("open", name, 4) }
func (d *Dir) OpenRW(name string) (disk.File, error) { return d.openFile("openrw", name, 6) }

func (d *Dir) openFile(op, name string, want uint32) (disk.File, error) {
	_, err := d.enter(op, name)
	defer d.sys.Disk.Mu.Unlock()
	if err != nil {
		return nil, err
	}
	n := d.look(name)
	if n != nil && n.nlink == 0 {
		n = d.Inode.Names[name] // the cached file is gone
	}
	switch {
	case n == nil:
		return nil, unix.ENOENT
	case n.Kind == unix.S_IFLNK:
		return nil, unix.ELOOP
	case n.Kind == unix.S_IFDIR && want&2 != 0:
		return nil, unix.EISDIR
	case !d.sys.may(n, want):
		return nil, unix.EACCES
	case n.Kind == unix.S_IFSOCK:
		return nil, unix.ENXIO
	}
	return d.sys.opened(n, want), nil
}

// CreateUnnamed is unsupported: only package runner needs it, and no operation of a queue.
func (d *Dir) CreateUnnamed() (int, error) { return -1, unix.ENOTSUP }

func (d *Dir) Create(name string) (disk.File, error) {
	_, err := d.enter("create", name)
	defer d.sys.Disk.Mu.Unlock()
	switch {
	case err != nil:
		return nil, err
	case d.Inode.Names[name] != nil:
		return nil, unix.EEXIST
	case !d.sys.may(d.Inode, 2):
		return nil, unix.EACCES
	}
	n := d.sys.Disk.newInode(d.Inode.FS, unix.S_IFREG, 0o600)
	n.UID, n.GID, n.nlink = d.sys.UID, d.sys.groupIn(d.Inode), 1
	n.onDisk = n.attributes()
	d.set(Slot{d.Inode, name, n})
	return d.sys.opened(n, 6), nil
}

func (d *Dir) Self() (disk.File, error) {
	_, err := d.enter("open", "")
	defer d.sys.Disk.Mu.Unlock()
	if err != nil {
		return nil, err
	}
	return d.sys.opened(d.Inode, 4), nil
}

// opened must be called with the disk locked.
func (s *Process) opened(n *Inode, rights uint32) *File {
	s.Disk.fds++
	f := &File{sys: s, inode: n, rights: rights, fd: s.Disk.fds}
	n.opened++
	s.Disk.OpenFiles[f] = true
	return f
}
