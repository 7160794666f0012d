package queue

import (
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// memDisk is a machine's storage in memory, behind the same three interfaces
// as the real one: filesystems, each with what the processes see and what
// would be left of it if the power were cut now. See cuts.
type memDisk struct {
	mu    sync.Mutex
	root  *inode
	clock time.Time
	// hook is asked before each call, if it isn't nil.
	hook func(call) verdict
	// version goes up with every change, so that a look costs no snapshot.
	version uint64
	// split takes renames between directories apart when the old directory is
	// synced first: the old name is then gone for certain, the new one not yet
	// there.
	split bool
	// nfs has the disk behave as an NFS 4 mount does: no rename refuses to replace,
	// nothing can be exchanged, a file that is open for reading alone gets no
	// exclusive lock, and each process has a cache of names. noLinks is a disk that
	// gives no file a second name.
	nfs, noLinks bool
	// ahead is how far its own clock is ahead of the machine's.
	ahead time.Duration
	// links keeps the old name of a rename between directories when the new directory
	// is synced first, as btrfs does: both are then names of one file, until the old
	// directory is synced, too, or the file has been synced after the rename. relinks
	// says that the system knows it.
	links, relinks bool

	inodes uint64
	fds    int
	open   map[*memFile]bool
	dirs   map[*memDir]bool
}

// call is one call on an interface of the waist, by a process. Object is a path.
type call struct {
	op, object string
	file       *inode
	proc       int
}

// verdict is what a hook makes of a call.
type verdict struct {
	// err fails the call. A write then still wrote its first half.
	err error
	// pretend says that it was done, and does nothing.
	pretend bool
}

// memFS is one filesystem.
type memFS struct {
	dev uint64
	// pending are the changes of names that a power cut may take back.
	pending []*change
}

// inode is a file of any kind.
type inode struct {
	fs           *memFS
	ino          uint64
	kind         uint32
	path         string
	mtime, ctime time.Time
	nlink        uint64
	target       string

	mode     uint32
	uid, gid int
	data     []byte // never changed in place: snapshots share it
	names    map[string]*inode
	dirSize  int64

	// onDisk is what a cut leaves for certain, writes what it may leave beside.
	onDisk attributes
	synced []byte
	kept   map[string]*inode
	writes []extent
	// failed is an error that a sync of the file has yet to tell.
	failed error

	// locks are the openings that have the lock; true if exclusively.
	locks  map[*memFile]bool
	ranges []byteRange
	opened int
}

// attributes are mode and owner.
type attributes struct {
	mode     uint32
	uid, gid int
}

func (n *inode) attributes() attributes { return attributes{n.mode, n.uid, n.gid} }

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

// slot is one name of a directory; a change sets one, or two at once.
type slot struct {
	dir  *inode
	name string
	file *inode // nil: the name goes
}

type change struct {
	slots []slot
	// logged says that the file of a rename was synced after it.
	logged bool
	// leaves is the file whose old name goes, in what is left of a rename.
	leaves *inode
}

func newMemDisk() *memDisk {
	d := &memDisk{
		clock: time.Unix(1700000000, 0),
		open:  make(map[*memFile]bool),
		dirs:  make(map[*memDir]bool),
	}
	d.root = d.newInode(&memFS{dev: 1}, unix.S_IFDIR, 0o755)
	d.root.path = "/"
	return d
}

func (d *memDisk) newInode(fs *memFS, kind, mode uint32) *inode {
	d.inodes++
	n := &inode{fs: fs, ino: d.inodes, kind: kind, mode: mode, mtime: d.now(), ctime: d.now()}
	if kind == unix.S_IFDIR {
		n.names, n.kept, n.dirSize = map[string]*inode{}, map[string]*inode{}, 4096
	}
	n.onDisk = n.attributes()
	return n
}

// place puts a file into the disk from outside, durably, for tests.
func (d *memDisk) place(path string, kind, mode uint32, uid, gid int) *inode {
	parent, name := d.parent(path)
	n := d.newInode(parent.fs, kind, mode)
	d.adopt(n, parent, name, uid, gid)
	return n
}

func (d *memDisk) adopt(n *inode, parent *inode, name string, uid, gid int) {
	n.uid, n.gid, n.nlink = uid, gid, n.nlink+1
	n.onDisk = n.attributes()
	n.path = strings.TrimRight(parent.path, "/") + "/" + name
	parent.names[name], parent.kept[name] = n, n
	d.version++
}

// mkdir makes a queue directory of mode 2770, durably.
func (d *memDisk) mkdir(path string, uid, gid int) *inode {
	return d.place(path, unix.S_IFDIR, queueMode, uid, gid)
}

// mount makes a directory that is another filesystem.
func (d *memDisk) mount(path string, uid, gid int) {
	parent, name := d.parent(path)
	d.adopt(d.newInode(&memFS{dev: d.inodes + 100}, unix.S_IFDIR, queueMode), parent, name, uid, gid)
}

// put stores a regular file, durably.
func (d *memDisk) put(path string, content []byte, uid, gid int) *inode {
	n := d.place(path, unix.S_IFREG, 0o660, uid, gid)
	n.data, n.synced = content, content
	return n
}

// link gives a file a further name, durably.
func (d *memDisk) link(old, path string) {
	n := d.lookup(old)
	parent, name := d.parent(path)
	d.adopt(n, parent, name, n.uid, n.gid)
}

func (d *memDisk) parent(path string) (*inode, string) {
	i := strings.LastIndexByte(path, '/')
	dir := d.lookup(path[:i])
	if dir == nil || dir.kind != unix.S_IFDIR {
		panic("no directory for " + path)
	}
	return dir, path[i+1:]
}

// lookup finds an absolute path, nil if it isn't there.
func (d *memDisk) lookup(path string) *inode {
	n := d.root
	for _, name := range strings.Split(path, "/") {
		if name == "" || n == nil {
			continue
		}
		if n = n.names[name]; n != nil && n.kind == unix.S_IFLNK {
			n = d.lookup(n.target)
		}
	}
	return n
}

// now is the disk's own clock, by which files get their times.
func (d *memDisk) now() time.Time { return d.clock.Add(d.ahead) }

// sleep lets time pass.
func (d *memDisk) sleep(t time.Duration) { d.clock = d.clock.Add(t) }

// enter begins a call: it locks the disk, lets time pass, and asks the hook.
func (s *memSystem) enter(op, object string, file *inode) verdict {
	d := s.disk
	d.mu.Lock()
	hook := d.hook
	d.mu.Unlock()
	var v verdict
	if hook != nil {
		v = hook(call{op, object, file, s.proc})
	}
	d.mu.Lock()
	d.clock = d.clock.Add(time.Microsecond)
	return v
}

// set makes changes to names, all at once.
func (d *memDisk) set(slots ...slot) {
	for _, s := range slots {
		if s.file == nil {
			delete(s.dir.names, s.name)
		} else {
			s.dir.names[s.name] = s.file
			s.file.path = strings.TrimRight(s.dir.path, "/") + "/" + s.name
			s.file.ctime = d.now()
		}
		s.dir.mtime, s.dir.ctime = d.now(), d.now()
	}
	fs := slots[0].dir.fs
	fs.pending = append(fs.pending, &change{slots: slots})
	d.version++
}

// stat must be called with the disk locked.
func (n *inode) stat() stat {
	size := int64(len(n.data))
	if n.kind == unix.S_IFDIR {
		size = n.dirSize
	}
	return stat{
		dev: n.fs.dev, ino: n.ino, nlink: n.nlink, size: size, mode: n.kind | n.mode,
		uid: n.uid, gid: n.gid, mtime: n.mtime, ctime: n.ctime,
	}
}

// tree lists what the processes see, for comparisons and for people.
func (d *memDisk) tree() []string {
	var list []string
	var walk func(n *inode)
	walk = func(n *inode) {
		for _, name := range sorted(maps.Keys(n.names)) {
			child := n.names[name]
			list = append(list, fmt.Sprintf("%s %o %d %d:%d %d bytes", strings.TrimRight(n.path, "/")+"/"+name,
				child.kind|child.mode, child.nlink, child.uid, child.gid, len(child.data)))
			if child.kind == unix.S_IFDIR {
				walk(child)
			}
		}
	}
	walk(d.root)
	return list
}
