package fakedisk

import (
	"strings"

	"golang.org/x/sys/unix"
)

// Place puts a file on the disk, durably and without a call by a process.
func (d *Disk) Place(path string, kind, mode uint32, uid, gid int) *Inode {
	parent, name := d.Parent(path)
	n := d.newInode(parent.FS, kind, mode)
	d.adopt(n, parent, name, uid, gid)
	return n
}

func (d *Disk) adopt(n *Inode, parent *Inode, name string, uid, gid int) {
	n.UID, n.GID, n.nlink = uid, gid, n.nlink+1
	n.onDisk = n.attributes()
	n.Path = strings.TrimRight(parent.Path, "/") + "/" + name
	parent.Names[name], parent.Kept[name] = n, n
	d.Version++
}

// dirMode is the mode of a queue directory.
const dirMode = 0o2770

// Mkdir makes a directory with a queue's mode, durably.
func (d *Disk) Mkdir(path string, uid, gid int) *Inode {
	return d.Place(path, unix.S_IFDIR, dirMode, uid, gid)
}

// Mount makes a directory on a filesystem of its own.
func (d *Disk) Mount(path string, uid, gid int) {
	parent, name := d.Parent(path)
	d.adopt(d.newInode(&filesystem{dev: d.inodes + 100}, unix.S_IFDIR, dirMode), parent, name, uid, gid)
}

// Put makes a regular file, durably.
func (d *Disk) Put(path string, content []byte, uid, gid int) *Inode {
	n := d.Place(path, unix.S_IFREG, 0o660, uid, gid)
	n.Data, n.synced = content, content
	return n
}

// Link gives a file another name, durably.
func (d *Disk) Link(old, path string) {
	n := d.Lookup(old)
	parent, name := d.Parent(path)
	d.adopt(n, parent, name, n.UID, n.GID)
}

// Parent returns the directory of a path and the name in it. It panics if the directory
// does not exist.
func (d *Disk) Parent(path string) (*Inode, string) {
	i := strings.LastIndexByte(path, '/')
	dir := d.Lookup(path[:i])
	if dir == nil || dir.Kind != unix.S_IFDIR {
		panic("no directory for " + path)
	}
	return dir, path[i+1:]
}

// Lookup returns the file at an absolute path, or nil. It follows links.
func (d *Disk) Lookup(path string) *Inode {
	n := d.root
	for name := range strings.SplitSeq(path, "/") {
		if name == "" || n == nil {
			continue
		}
		if n = n.Names[name]; n != nil && n.Kind == unix.S_IFLNK {
			n = d.Lookup(n.Target)
		}
	}
	return n
}
