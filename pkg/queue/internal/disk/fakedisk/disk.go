// Package fakedisk is package disk in memory, for tests: every call can be made to
// fail, and [Disk.Cuts] gives what a cut of the power may leave. TestModel compares it
// with the kernel.
package fakedisk

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"switchboard/pkg/queue/internal/disk"
)

// Disk is a machine's storage in memory, behind the same three interfaces
// as the real one: filesystems, each with what the processes see and what
// would be left of it if the power were cut now. See Disk.Cuts.
type Disk struct {
	Mu    sync.Mutex
	root  *Inode
	Clock time.Time
	// Hook is asked before each call, if it isn't nil.
	Hook func(Call) Verdict
	// Version goes up with every change, so that a look costs no snapshot.
	Version uint64
	// Split takes renames between directories apart when the old directory is
	// synced first: the old name is then gone for certain, the new one not yet
	// there.
	Split bool
	// NFS has the disk behave as an NFS 4 mount does: no rename refuses to replace,
	// nothing can be exchanged, a file that is open for reading alone gets no
	// exclusive lock, and each process has a cache of names. NoLinks is a disk that
	// gives no file a second name.
	NFS, NoLinks bool
	// Ahead is how far its own clock is ahead of the machine's.
	Ahead time.Duration
	// Links keeps the old name of a rename between directories when the new directory
	// is synced first, as btrfs does: both are then names of one file, until the old
	// directory is synced, too, or the file has been synced after the rename. Relinks
	// says that the system knows it.
	Links, Relinks bool

	inodes    uint64
	fds       int
	OpenFiles map[*File]bool
	OpenDirs  map[*Dir]bool
}

// Call is one call on an interface of the waist, by a process. Object is a path.
type Call struct {
	Op, Object string
	File       *Inode
	Process    int
}

// Verdict is what a hook makes of a call.
type Verdict struct {
	// Err fails the call. A write then still wrote its first half.
	Err error
	// Pretend says that it was done, and does nothing.
	Pretend bool
}

// filesystem is one filesystem.
type filesystem struct {
	dev uint64
	// pending are the changes of names that a power cut may take back.
	pending []*change
}

// Inode is a file of any kind.
type Inode struct {
	FS             *filesystem
	ino            uint64
	Kind           uint32
	Path           string
	ModTime, ctime time.Time
	nlink          uint64
	Target         string

	Mode     uint32
	UID, GID int
	Data     []byte // never changed in place: snapshots share it
	Names    map[string]*Inode
	DirSize  int64

	// onDisk is what a cut leaves for certain, writes what it may leave beside.
	onDisk attributes
	synced []byte
	Kept   map[string]*Inode
	writes []extent
	// failed is an error that a sync of the file has yet to tell.
	failed error

	// locks are the openings that have the lock; true if exclusively.
	locks  map[*File]bool
	ranges []byteRange
	opened int
}

// attributes are mode and owner.
type attributes struct {
	mode     uint32
	uid, gid int
}

func (n *Inode) attributes() attributes { return attributes{n.Mode, n.UID, n.GID} }

// extent is a write, or with data nil a change of size, not yet synced.
type extent struct {
	off  int64
	data []byte
	// lost says that a sync failed: the kernel forgets it, and later syncs
	// succeed without it.
	lost bool
}

// byteRange is a lock of a process.
type byteRange struct {
	proc          int
	start, length int64
}

// Slot is one name of a directory; a change sets one, or two at once.
type Slot struct {
	Dir  *Inode
	Name string
	File *Inode // nil: the name goes
}

type change struct {
	slots []Slot
	// logged says that the file of a rename was synced after it.
	logged bool
	// leaves is the file whose old name goes, in what is left of a rename.
	leaves *Inode
}

func New() *Disk {
	d := &Disk{
		Clock:     time.Unix(1700000000, 0),
		OpenFiles: make(map[*File]bool),
		OpenDirs:  make(map[*Dir]bool),
	}
	d.root = d.newInode(&filesystem{dev: 1}, unix.S_IFDIR, 0o755)
	d.root.Path = "/"
	return d
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

// Place puts a file into the disk from outside, durably, for tests.
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

// Mkdir makes a queue directory of mode 2770, durably.
func (d *Disk) Mkdir(path string, uid, gid int) *Inode {
	return d.Place(path, unix.S_IFDIR, dirMode, uid, gid)
}

// Mount makes a directory that is another filesystem.
func (d *Disk) Mount(path string, uid, gid int) {
	parent, name := d.Parent(path)
	d.adopt(d.newInode(&filesystem{dev: d.inodes + 100}, unix.S_IFDIR, dirMode), parent, name, uid, gid)
}

// Put stores a regular file, durably.
func (d *Disk) Put(path string, content []byte, uid, gid int) *Inode {
	n := d.Place(path, unix.S_IFREG, 0o660, uid, gid)
	n.Data, n.synced = content, content
	return n
}

// Link gives a file a further name, durably.
func (d *Disk) Link(old, path string) {
	n := d.Lookup(old)
	parent, name := d.Parent(path)
	d.adopt(n, parent, name, n.UID, n.GID)
}

// dirMode is the mode of directories that are placed: a queue's.
const dirMode = 0o2770

func (d *Disk) Parent(path string) (*Inode, string) {
	i := strings.LastIndexByte(path, '/')
	dir := d.Lookup(path[:i])
	if dir == nil || dir.Kind != unix.S_IFDIR {
		panic("no directory for " + path)
	}
	return dir, path[i+1:]
}

// Lookup finds an absolute path, nil if it isn't there.
func (d *Disk) Lookup(path string) *Inode {
	n := d.root
	for _, name := range strings.Split(path, "/") {
		if name == "" || n == nil {
			continue
		}
		if n = n.Names[name]; n != nil && n.Kind == unix.S_IFLNK {
			n = d.Lookup(n.Target)
		}
	}
	return n
}

// now is the disk's own clock, by which files get their times.
func (d *Disk) now() time.Time { return d.Clock.Add(d.Ahead) }

// Sleep lets time pass.
func (d *Disk) Sleep(t time.Duration) { d.Clock = d.Clock.Add(t) }

// enter begins a call: it locks the disk, lets time pass, and asks the hook.
func (s *Process) enter(op, object string, file *Inode) Verdict {
	d := s.Disk
	d.Mu.Lock()
	hook := d.Hook
	d.Mu.Unlock()
	var v Verdict
	if hook != nil {
		v = hook(Call{op, object, file, s.ID})
	}
	d.Mu.Lock()
	d.Clock = d.Clock.Add(time.Microsecond)
	return v
}

// Set makes changes to names, all at once.
func (d *Disk) Set(slots ...Slot) {
	for _, s := range slots {
		if s.File == nil {
			delete(s.Dir.Names, s.Name)
		} else {
			s.Dir.Names[s.Name] = s.File
			s.File.Path = strings.TrimRight(s.Dir.Path, "/") + "/" + s.Name
			s.File.ctime = d.now()
		}
		s.Dir.ModTime, s.Dir.ctime = d.now(), d.now()
	}
	fs := slots[0].Dir.FS
	fs.pending = append(fs.pending, &change{slots: slots})
	d.Version++
}

// Stat must be called with the disk locked.
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

// Tree lists what the processes see, for comparisons and for people.
func (d *Disk) Tree() []string {
	var list []string
	var walk func(n *Inode)
	walk = func(n *Inode) {
		for _, name := range slices.Sorted(maps.Keys(n.Names)) {
			child := n.Names[name]
			list = append(list, fmt.Sprintf("%s %o %d %d:%d %d bytes", strings.TrimRight(n.Path, "/")+"/"+name,
				child.Kind|child.Mode, child.nlink, child.UID, child.GID, len(child.Data)))
			if child.Kind == unix.S_IFDIR {
				walk(child)
			}
		}
	}
	walk(d.root)
	return list
}
