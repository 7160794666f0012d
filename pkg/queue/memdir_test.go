package queue

import (
	"iter"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// memSystem is a process that works on a memDisk.
type memSystem struct {
	disk     *memDisk
	proc     int
	uid, gid int
	groups   []int
	// seen is the process's cache of names, where there is one.
	seen map[slotName]*inode
}

// slotName is a name in a directory.
type slotName struct {
	dir  *inode
	name string
}

// memDir is a directory, open.
type memDir struct {
	sys    *memSystem
	inode  *inode
	closed bool
}

func sorted(names iter.Seq[string]) []string { return slices.Sorted(names) }

func (s *memSystem) Now() time.Time {
	s.disk.mu.Lock()
	defer s.disk.mu.Unlock()
	return s.disk.clock
}

// Sleep takes no time.
func (s *memSystem) Sleep(d time.Duration) {
	s.disk.mu.Lock()
	defer s.disk.mu.Unlock()
	s.disk.sleep(d)
}

func (s *memSystem) OpenFiles() int { return 1 << 20 }

func (s *memSystem) OpenDir(path string) (directory, error) {
	v := s.enter("opendir", path, nil)
	defer s.disk.mu.Unlock()
	if v.err != nil {
		return nil, v.err
	}
	n := s.disk.lookup(path)
	switch {
	case n == nil:
		return nil, unix.ENOENT
	case n.kind != unix.S_IFDIR:
		return nil, unix.ENOTDIR
	case !s.may(n, 4):
		return nil, unix.EACCES
	}
	dir := &memDir{sys: s, inode: n}
	s.disk.dirs[dir] = true
	return dir, nil
}

func (d *memDir) Holders(file) string { return "" }

func (s *memSystem) Root() bool { return s.uid == 0 }

func (s *memSystem) OpenTrusted(path string) (directory, error) {
	n := s.disk.root
	for _, name := range strings.Split(path, "/") {
		if name == "" || n == nil {
			continue
		}
		if n = n.names[name]; n != nil && n.kind == unix.S_IFLNK {
			if n.uid != 0 {
				return nil, errPlanted
			}
			n = s.disk.lookup(n.target)
		}
	}
	return s.OpenDir(path)
}

func (d *memDir) Mkdir(name string, mode uint32) (stat, error) {
	v, err := d.enter("mkdir", name)
	defer d.sys.disk.mu.Unlock()
	switch {
	case err != nil || v.pretend:
		return stat{}, err
	case d.inode.names[name] != nil:
		return stat{}, unix.EEXIST
	case !d.sys.may(d.inode, 2):
		return stat{}, unix.EACCES
	}
	n := d.sys.disk.newInode(d.inode.fs, unix.S_IFDIR, mode)
	n.uid, n.gid, n.nlink = d.sys.uid, d.sys.groupIn(d.inode), 1
	n.onDisk = n.attributes()
	d.sys.disk.set(slot{d.inode, name, n})
	return n.stat(), nil
}

// may says whether the process has the rights (4 read, 2 write) on a file.
func (s *memSystem) may(n *inode, want uint32) bool {
	switch {
	case s.uid == 0:
		return true
	case s.uid == n.uid:
		return n.mode>>6&want == want
	case s.member(n.gid):
		return n.mode>>3&want == want
	}
	return n.mode&want == want
}

func (s *memSystem) member(gid int) bool { return gid == s.gid || slices.Contains(s.groups, gid) }

// groupIn is the group of what the process makes in a directory.
func (s *memSystem) groupIn(dir *inode) int {
	if dir.mode&unix.S_ISGID != 0 {
		return dir.gid
	}
	return s.gid
}

// enter begins a call on a name of the directory. The name must be one that
// the kernel would not take for a path.
func (d *memDir) enter(op, name string) (verdict, error) {
	path := d.inode.path
	if name != "" {
		path = strings.TrimRight(path, "/") + "/" + name
	}
	v := d.sys.enter(op, path, d.inode)
	if name == "." || name == ".." || strings.ContainsAny(name, "/\x00") {
		panic(op + ": not a name: " + name)
	}
	switch {
	case d.closed:
		return v, unix.EBADF
	case v.err != nil:
		return v, v.err
	case len(name) > 255:
		return v, unix.ENAMETOOLONG
	}
	return v, nil
}

func (d *memDir) Stat() (stat, error) {
	_, err := d.enter("statdir", "")
	defer d.sys.disk.mu.Unlock()
	return d.inode.stat(), err
}

func (d *memDir) Lstat(name string) (stat, error) {
	_, err := d.enter("lstat", name)
	defer d.sys.disk.mu.Unlock()
	if err != nil {
		return stat{}, err
	}
	n := d.look(name)
	if n == nil {
		return stat{}, unix.ENOENT
	}
	return n.stat(), nil
}

func (d *memDir) Relook(name string) (stat, error) {
	v, err := d.enter("relook", name)
	defer d.sys.disk.mu.Unlock()
	if err != nil {
		return stat{}, err
	}
	if !v.pretend {
		d.sys.seen = nil
	}
	n := d.look(name)
	if n == nil {
		return stat{}, unix.ENOENT
	}
	return n.stat(), nil
}

// look looks a name up, in the process's cache if it is there.
func (d *memDir) look(name string) *inode {
	if !d.sys.disk.nfs {
		return d.inode.names[name]
	}
	key := slotName{d.inode, name}
	n, cached := d.sys.seen[key]
	if !cached {
		n = d.inode.names[name]
		if d.sys.seen == nil {
			d.sys.seen = make(map[slotName]*inode)
		}
		d.sys.seen[key] = n
	}
	return n
}

// set makes changes of names, of which the process knows.
func (d *memDir) set(slots ...slot) {
	d.sys.disk.set(slots...)
	for _, s := range slots {
		if d.sys.seen != nil {
			d.sys.seen[slotName{s.dir, s.name}] = s.file
		}
	}
}

func (d *memDir) Open(name string) (file, error)   { return d.openFile("open", name, 4) }
func (d *memDir) OpenRW(name string) (file, error) { return d.openFile("openrw", name, 6) }

func (d *memDir) openFile(op, name string, want uint32) (file, error) {
	_, err := d.enter(op, name)
	defer d.sys.disk.mu.Unlock()
	if err != nil {
		return nil, err
	}
	n := d.look(name)
	if n != nil && n.nlink == 0 {
		n = d.inode.names[name] // a handle that is stale
	}
	switch {
	case n == nil:
		return nil, unix.ENOENT
	case n.kind == unix.S_IFLNK:
		return nil, unix.ELOOP
	case n.kind == unix.S_IFDIR && want&2 != 0:
		return nil, unix.EISDIR
	case !d.sys.may(n, want):
		return nil, unix.EACCES
	case n.kind == unix.S_IFSOCK:
		return nil, unix.ENXIO
	}
	return d.sys.opened(n, want), nil
}

// CreateUnnamed is for what runs commands: no operation of a queue uses it.
func (d *memDir) CreateUnnamed() (int, error) { return -1, unix.ENOTSUP }

func (d *memDir) Create(name string) (file, error) {
	_, err := d.enter("create", name)
	defer d.sys.disk.mu.Unlock()
	switch {
	case err != nil:
		return nil, err
	case d.inode.names[name] != nil:
		return nil, unix.EEXIST
	case !d.sys.may(d.inode, 2):
		return nil, unix.EACCES
	}
	n := d.sys.disk.newInode(d.inode.fs, unix.S_IFREG, 0o600)
	n.uid, n.gid, n.nlink = d.sys.uid, d.sys.groupIn(d.inode), 1
	n.onDisk = n.attributes()
	d.set(slot{d.inode, name, n})
	return d.sys.opened(n, 6), nil
}

func (d *memDir) Rename(name string, to directory, newName string) error {
	target := to.(*memDir)
	v, err := d.enter("rename", name)
	defer d.sys.disk.mu.Unlock()
	n := d.look(name)
	switch {
	case err != nil || v.pretend:
		return err
	case target.closed:
		return unix.EBADF
	case target.inode.fs != d.inode.fs:
		return unix.EXDEV
	case n == nil:
		return unix.ENOENT
	case target.look(newName) != nil:
		return unix.EEXIST
	case d.sys.disk.nfs:
		return unix.EINVAL
	case !d.sys.may(d.inode, 2) || !d.sys.may(target.inode, 2):
		return unix.EACCES
	}
	d.set(slot{d.inode, name, nil}, slot{target.inode, newName, n})
	return nil
}

func (d *memDir) Replace(name string, to directory, newName string) error {
	target := to.(*memDir)
	v, err := d.enter("rename", name)
	defer d.sys.disk.mu.Unlock()
	n, old := d.inode.names[name], target.inode.names[newName]
	switch {
	case err != nil || v.pretend:
		return err
	case target.closed:
		return unix.EBADF
	case target.inode.fs != d.inode.fs:
		return unix.EXDEV
	case n == nil:
		return unix.ENOENT
	case !d.sys.may(d.inode, 2) || !d.sys.may(target.inode, 2):
		return unix.EACCES
	case old == n:
		return nil
	case old != nil && old.kind == unix.S_IFDIR:
		return unix.EISDIR
	case old != nil:
		old.nlink--
	}
	d.set(slot{d.inode, name, nil}, slot{target.inode, newName, n})
	return nil
}

func (d *memDir) Link(name, newName string) error {
	v, err := d.enter("link", newName)
	defer d.sys.disk.mu.Unlock()
	n := d.inode.names[name]
	switch {
	case err != nil || v.pretend:
		return err
	case n == nil:
		return unix.ENOENT
	case d.inode.names[newName] != nil:
		return unix.EEXIST
	case !d.sys.may(d.inode, 2):
		return unix.EACCES
	case n.kind == unix.S_IFDIR || d.sys.disk.noLinks:
		return unix.EPERM
	}
	n.nlink++
	n.ctime = d.sys.disk.now()
	d.set(slot{d.inode, newName, n})
	return nil
}

func (d *memDir) Self() (file, error) {
	_, err := d.enter("open", "")
	defer d.sys.disk.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return d.sys.opened(d.inode, 4), nil
}

func (d *memDir) Exchange(a, b string) error {
	v, err := d.enter("exchange", a)
	defer d.sys.disk.mu.Unlock()
	first, second := d.inode.names[a], d.inode.names[b]
	switch {
	case err != nil || v.pretend:
		return err
	case first == nil || second == nil:
		return unix.ENOENT
	case d.sys.disk.nfs:
		return unix.EINVAL
	case !d.sys.may(d.inode, 2):
		return unix.EACCES
	}
	d.set(slot{d.inode, a, second}, slot{d.inode, b, first})
	return nil
}

func (d *memDir) Unlink(name string) error {
	v, err := d.enter("unlink", name)
	defer d.sys.disk.mu.Unlock()
	n := d.inode.names[name]
	switch {
	case err != nil || v.pretend:
		return err
	case n == nil:
		return unix.ENOENT
	case n.kind == unix.S_IFDIR:
		return unix.EISDIR
	case !d.sys.may(d.inode, 2):
		return unix.EACCES
	}
	n.nlink--
	n.ctime = d.sys.disk.now()
	d.set(slot{d.inode, name, nil})
	return nil
}

func (d *memDir) Read(fn func(name []byte, regular bool) error) error {
	_, err := d.enter("readdir", "")
	type entry struct {
		name    string
		regular bool
	}
	var list []entry
	d.sys.seen = nil                     // the times of the directory are asked for, too
	for name, n := range d.inode.names { // in the map's own, random, order
		list = append(list, entry{name, n.kind == unix.S_IFREG})
	}
	d.sys.disk.mu.Unlock()
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

func (d *memDir) Chown(uid, gid int) error {
	v, err := d.enter("chowndir", "")
	defer d.sys.disk.mu.Unlock()
	if err != nil || v.pretend {
		return err
	}
	return d.sys.chown(d.inode, uid, gid)
}

func (d *memDir) Sync() error {
	v, err := d.enter("syncdir", "")
	defer d.sys.disk.mu.Unlock()
	if err == nil && !v.pretend {
		d.sys.disk.syncDir(d.inode)
	}
	return err
}

func (d *memDir) Reserve(int) {}

func (d *memDir) Relinks() bool { return d.sys.disk.relinks }

// StartSync syncs when it is waited for.
func (d *memDir) StartSync() func() error {
	disk := d.sys.disk
	v, err := d.enter("syncdir", "")
	defer disk.mu.Unlock()
	return func() error {
		disk.mu.Lock()
		defer disk.mu.Unlock()
		if err == nil && !v.pretend {
			disk.syncDir(d.inode)
		}
		return err
	}
}

// SyncFS syncs when it is waited for, and then what was there before.
func (d *memDir) SyncFS() func() error {
	disk := d.sys.disk
	v, err := d.enter("syncfs", "")
	defer disk.mu.Unlock()
	sync := disk.startSyncFS(d.inode.fs)
	return func() error {
		disk.mu.Lock()
		defer disk.mu.Unlock()
		switch {
		case err != nil:
			sync.fail(err)
		case !v.pretend:
			sync.finish()
		}
		return err
	}
}

func (d *memDir) Close() error {
	_, err := d.enter("closedir", "")
	defer d.sys.disk.mu.Unlock()
	if d.closed {
		panic("directory closed twice: " + d.inode.path)
	}
	d.closed = true
	delete(d.sys.disk.dirs, d)
	return err
}
