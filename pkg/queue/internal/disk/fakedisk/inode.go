package fakedisk

import (
	"time"

	"golang.org/x/sys/unix"

	"switchboard/pkg/queue/internal/disk"
)

// filesystem is a device of its own. No file can be renamed out of it.
type filesystem struct {
	dev uint64
	// pending are the changes of names that a power cut may undo.
	pending []*change
}

// Inode is a file of any kind.
type Inode struct {
	FS    *filesystem
	ino   uint64
	nlink uint64
	// remover is the process that removed the last name.
	remover int
	// Kind is the S_IFMT bits of the mode, Mode the others.
	Kind, Mode     uint32
	UID, GID       int
	ModTime, ctime time.Time
	// Touched is when the file was touched last, or zero.
	Touched time.Time
	// Path is the name that the file got last.
	Path string

	// Data is a regular file's content. It is never changed in place, because snapshots
	// share it.
	Data []byte
	// Names are a directory's files. DirSize is the size that stat reports.
	Names   map[string]*Inode
	DirSize int64
	// Target is where a symbolic link leads.
	Target string

	// A power cut leaves onDisk, synced and Kept for certain, and any part of writes.
	onDisk attributes
	synced []byte
	Kept   map[string]*Inode
	writes []extent
	// failed is an error that the next sync of the file reports.
	failed error

	// locks are the openings that have the lock, true for an exclusive one.
	locks  map[*File]bool
	ranges []byteRange
	opened int
}

// attributes are the mode and the owner of a file, and when it was touched.
type attributes struct {
	mode     uint32
	uid, gid int
	touched  time.Time
}

func (n *Inode) attributes() attributes { return attributes{n.Mode, n.UID, n.GID, n.Touched} }

// extent is a write that is not yet synced. If data is nil it is a change of size.
type extent struct {
	off  int64
	data []byte
	// lost means that a sync failed. The kernel forgets the write, and later syncs
	// succeed without it.
	lost bool
}

// byteRange is a process's lock on a range of bytes.
type byteRange struct {
	proc          int
	start, length int64
}

func (d *Disk) newInode(fs *filesystem, kind, mode uint32) *Inode {
	d.inodes++
	n := &Inode{FS: fs, ino: d.inodes, Kind: kind, Mode: mode, ModTime: d.now(), ctime: d.now()}
	if kind == unix.S_IFDIR {
		n.Names, n.Kept, n.DirSize = map[string]*Inode{}, map[string]*Inode{}, 4096
	}
	n.onDisk = n.attributes()
	return n
}

// stat must be called with the disk locked.
func (n *Inode) stat() disk.Stat {
	size := int64(len(n.Data))
	if n.Kind == unix.S_IFDIR {
		size = n.DirSize
	}
	return disk.Stat{
		Dev: n.FS.dev, Ino: n.ino, Nlink: n.nlink, Size: size, Mode: n.Kind | n.Mode,
		UID: n.UID, GID: n.GID, ModTime: n.ModTime, ChangeTime: n.ctime,
	}
}
