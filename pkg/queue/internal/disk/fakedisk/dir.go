package fakedisk

import (
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"switchboard/pkg/queue/internal/disk"
)

// Process is a process that works on a Disk.
type Process struct {
	Disk     *Disk
	ID       int
	UID, GID int
	Groups   []int
	// seen is the process's cache of names, where there is one.
	seen map[slotName]*Inode
}

// slotName is a name in a directory.
type slotName struct {
	dir  *Inode
	name string
}

// Dir is a directory, open.
type Dir struct {
	sys    *Process
	Inode  *Inode
	closed bool
}

func (s *Process) Now() time.Time {
	s.Disk.Mu.Lock()
	defer s.Disk.Mu.Unlock()
	return s.Disk.Clock
}

// Sleep takes no time.
func (s *Process) Sleep(d time.Duration) {
	s.Disk.Mu.Lock()
	defer s.Disk.Mu.Unlock()
	s.Disk.Sleep(d)
}

func (s *Process) OpenFiles() int { return 1 << 20 }

func (s *Process) OpenDir(path string) (disk.Dir, error) {
	v := s.enter("opendir", path, nil)
	defer s.Disk.Mu.Unlock()
	if v.Err != nil {
		return nil, v.Err
	}
	n := s.Disk.Lookup(path)
	switch {
	case n == nil:
		return nil, unix.ENOENT
	case n.Kind != unix.S_IFDIR:
		return nil, unix.ENOTDIR
	case !s.may(n, 4):
		return nil, unix.EACCES
	}
	dir := &Dir{sys: s, Inode: n}
	s.Disk.OpenDirs[dir] = true
	return dir, nil
}

func (d *Dir) Holders(disk.File) string { return "" }

func (s *Process) Root() bool { return s.UID == 0 }

func (s *Process) OpenTrusted(path string) (disk.Dir, error) {
	n := s.Disk.root
	for _, name := range strings.Split(path, "/") {
		if name == "" || n == nil {
			continue
		}
		if n = n.Names[name]; n != nil && n.Kind == unix.S_IFLNK {
			if n.UID != 0 {
				return nil, disk.ErrPlanted
			}
			n = s.Disk.Lookup(n.Target)
		}
	}
	return s.OpenDir(path)
}

func (d *Dir) Mkdir(name string, mode uint32) (disk.Stat, error) {
	v, err := d.enter("mkdir", name)
	defer d.sys.Disk.Mu.Unlock()
	switch {
	case err != nil || v.Pretend:
		return disk.Stat{}, err
	case d.Inode.Names[name] != nil:
		return disk.Stat{}, unix.EEXIST
	case !d.sys.may(d.Inode, 2):
		return disk.Stat{}, unix.EACCES
	}
	n := d.sys.Disk.newInode(d.Inode.FS, unix.S_IFDIR, mode)
	n.UID, n.GID, n.nlink = d.sys.UID, d.sys.groupIn(d.Inode), 1
	n.onDisk = n.attributes()
	d.sys.Disk.Set(Slot{d.Inode, name, n})
	return n.stat(), nil
}

// may says whether the process has the rights (4 read, 2 write) on a file.
func (s *Process) may(n *Inode, want uint32) bool {
	switch {
	case s.UID == 0:
		return true
	case s.UID == n.UID:
		return n.Mode>>6&want == want
	case s.member(n.GID):
		return n.Mode>>3&want == want
	}
	return n.Mode&want == want
}

func (s *Process) member(gid int) bool { return gid == s.GID || slices.Contains(s.Groups, gid) }

// groupIn is the group of what the process makes in a directory.
func (s *Process) groupIn(dir *Inode) int {
	if dir.Mode&unix.S_ISGID != 0 {
		return dir.GID
	}
	return s.GID
}

// enter begins a call on a name of the directory. The name must be one that
// the kernel would not take for a path.
func (d *Dir) enter(op, name string) (Verdict, error) {
	path := d.Inode.Path
	if name != "" {
		path = strings.TrimRight(path, "/") + "/" + name
	}
	v := d.sys.enter(op, path, d.Inode)
	if name == "." || name == ".." || strings.ContainsAny(name, "/\x00") {
		panic(op + ": not a name: " + name)
	}
	switch {
	case d.closed:
		return v, unix.EBADF
	case v.Err != nil:
		return v, v.Err
	case len(name) > 255:
		return v, unix.ENAMETOOLONG
	}
	return v, nil
}

func (d *Dir) Stat() (disk.Stat, error) {
	_, err := d.enter("statdir", "")
	defer d.sys.Disk.Mu.Unlock()
	return d.Inode.stat(), err
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

// look looks a name up, in the process's cache if it is there.
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

// set makes changes of names, of which the process knows.
func (d *Dir) set(slots ...Slot) {
	d.sys.Disk.Set(slots...)
	for _, s := range slots {
		if d.sys.seen != nil {
			d.sys.seen[slotName{s.Dir, s.Name}] = s.File
		}
	}
}

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
		n = d.Inode.Names[name] // a handle that is stale
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

// CreateUnnamed is for what runs commands: no operation of a queue uses it.
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

func (d *Dir) Rename(name string, to disk.Dir, newName string) error {
	target := to.(*Dir)
	v, err := d.enter("rename", name)
	defer d.sys.Disk.Mu.Unlock()
	n := d.look(name)
	switch {
	case err != nil || v.Pretend:
		return err
	case target.closed:
		return unix.EBADF
	case target.Inode.FS != d.Inode.FS:
		return unix.EXDEV
	case n == nil:
		return unix.ENOENT
	case target.look(newName) != nil:
		return unix.EEXIST
	case d.sys.Disk.NFS:
		return unix.EINVAL
	case !d.sys.may(d.Inode, 2) || !d.sys.may(target.Inode, 2):
		return unix.EACCES
	}
	d.set(Slot{d.Inode, name, nil}, Slot{target.Inode, newName, n})
	return nil
}

func (d *Dir) Replace(name string, to disk.Dir, newName string) error {
	target := to.(*Dir)
	v, err := d.enter("rename", name)
	defer d.sys.Disk.Mu.Unlock()
	n, old := d.Inode.Names[name], target.Inode.Names[newName]
	switch {
	case err != nil || v.Pretend:
		return err
	case target.closed:
		return unix.EBADF
	case target.Inode.FS != d.Inode.FS:
		return unix.EXDEV
	case n == nil:
		return unix.ENOENT
	case !d.sys.may(d.Inode, 2) || !d.sys.may(target.Inode, 2):
		return unix.EACCES
	case old == n:
		return nil
	case old != nil && old.Kind == unix.S_IFDIR:
		return unix.EISDIR
	case old != nil:
		old.nlink--
	}
	d.set(Slot{d.Inode, name, nil}, Slot{target.Inode, newName, n})
	return nil
}

func (d *Dir) Link(name, newName string) error {
	v, err := d.enter("link", newName)
	defer d.sys.Disk.Mu.Unlock()
	n := d.Inode.Names[name]
	switch {
	case err != nil || v.Pretend:
		return err
	case n == nil:
		return unix.ENOENT
	case d.Inode.Names[newName] != nil:
		return unix.EEXIST
	case !d.sys.may(d.Inode, 2):
		return unix.EACCES
	case n.Kind == unix.S_IFDIR || d.sys.Disk.NoLinks:
		return unix.EPERM
	}
	n.nlink++
	n.ctime = d.sys.Disk.now()
	d.set(Slot{d.Inode, newName, n})
	return nil
}

func (d *Dir) Self() (disk.File, error) {
	_, err := d.enter("open", "")
	defer d.sys.Disk.Mu.Unlock()
	if err != nil {
		return nil, err
	}
	return d.sys.opened(d.Inode, 4), nil
}

func (d *Dir) Exchange(a, b string) error {
	v, err := d.enter("exchange", a)
	defer d.sys.Disk.Mu.Unlock()
	first, second := d.Inode.Names[a], d.Inode.Names[b]
	switch {
	case err != nil || v.Pretend:
		return err
	case first == nil || second == nil:
		return unix.ENOENT
	case d.sys.Disk.NFS:
		return unix.EINVAL
	case !d.sys.may(d.Inode, 2):
		return unix.EACCES
	}
	d.set(Slot{d.Inode, a, second}, Slot{d.Inode, b, first})
	return nil
}

func (d *Dir) Unlink(name string) error {
	v, err := d.enter("unlink", name)
	defer d.sys.Disk.Mu.Unlock()
	n := d.Inode.Names[name]
	switch {
	case err != nil || v.Pretend:
		return err
	case n == nil:
		return unix.ENOENT
	case n.Kind == unix.S_IFDIR:
		return unix.EISDIR
	case !d.sys.may(d.Inode, 2):
		return unix.EACCES
	}
	n.nlink--
	n.ctime = d.sys.Disk.now()
	d.set(Slot{d.Inode, name, nil})
	return nil
}

func (d *Dir) Read(fn func(name []byte, regular bool) error) error {
	_, err := d.enter("readdir", "")
	type entry struct {
		name    string
		regular bool
	}
	var list []entry
	d.sys.seen = nil                     // the times of the directory are asked for, too
	for name, n := range d.Inode.Names { // in the map's own, random, order
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

func (d *Dir) Chown(uid, gid int) error {
	v, err := d.enter("chowndir", "")
	defer d.sys.Disk.Mu.Unlock()
	if err != nil || v.Pretend {
		return err
	}
	return d.sys.chown(d.Inode, uid, gid)
}

func (d *Dir) Sync() error {
	v, err := d.enter("syncdir", "")
	defer d.sys.Disk.Mu.Unlock()
	if err == nil && !v.Pretend {
		d.sys.Disk.SyncDir(d.Inode)
	}
	return err
}

func (d *Dir) Reserve(int) {}

func (d *Dir) Relinks() bool { return d.sys.Disk.Relinks }

// StartSync syncs when it is waited for.
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

// SyncFS syncs when it is waited for, and then what was there before.
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
