package queue

import (
	"io"

	"golang.org/x/sys/unix"
)

// memFile is an open file: what flock(2) calls an open file description.
type memFile struct {
	sys    *memSystem
	inode  *inode
	rights uint32
	fd     int
	closed bool
}

// opened must be called with the disk locked.
func (s *memSystem) opened(n *inode, rights uint32) *memFile {
	s.disk.fds++
	f := &memFile{sys: s, inode: n, rights: rights, fd: s.disk.fds}
	n.opened++
	s.disk.open[f] = true
	return f
}

func (f *memFile) enter(op string) (verdict, error) {
	v := f.sys.enter(op, f.inode.path, f.inode)
	if f.closed {
		return v, unix.EBADF
	}
	return v, v.err
}

func (f *memFile) Fd() int { return f.fd }

func (f *memFile) Stat() (stat, error) {
	_, err := f.enter("stat")
	defer f.sys.disk.mu.Unlock()
	return f.inode.stat(), err
}

func (f *memFile) ReadAt(p []byte, off int64) (int, error) {
	_, err := f.enter("read")
	defer f.sys.disk.mu.Unlock()
	if err != nil {
		return 0, err
	}
	if f.inode.kind != unix.S_IFREG {
		return 0, unix.EINVAL
	}
	if off >= int64(len(f.inode.data)) {
		if len(p) == 0 {
			return 0, nil
		}
		return 0, io.EOF
	}
	n := copy(p, f.inode.data[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (f *memFile) WriteAt(p []byte, off int64) (int, error) {
	_, err := f.enter("write")
	defer f.sys.disk.mu.Unlock()
	if f.closed {
		return 0, err
	}
	if f.rights&2 == 0 {
		return 0, unix.EBADF
	}
	if err != nil {
		p = p[:len(p)/2] // what still fitted
	}
	if len(p) > 0 {
		f.change(extent{off: off, data: append([]byte(nil), p...)})
	}
	return len(p), err
}

func (f *memFile) Truncate(size int64) error {
	v, err := f.enter("truncate")
	defer f.sys.disk.mu.Unlock()
	if err == nil && f.rights&2 == 0 {
		err = unix.EINVAL
	}
	if err == nil && !v.pretend && size != int64(len(f.inode.data)) {
		f.change(extent{off: size})
	}
	return err
}

func (f *memFile) change(e extent) {
	f.inode.data = e.apply(f.inode.data)
	f.inode.writes = append(f.inode.writes, e)
	f.inode.mtime, f.inode.ctime = f.sys.disk.now(), f.sys.disk.now()
	f.sys.disk.version++
}

// Chown as the kernel has it: root alone gives files away, an owner can give
// one to a group of his own.
func (f *memFile) Chown(uid, gid int) error {
	v, err := f.enter("chown")
	defer f.sys.disk.mu.Unlock()
	if err != nil || v.pretend {
		return err
	}
	return f.sys.chown(f.inode, uid, gid)
}

func (s *memSystem) chown(n *inode, uid, gid int) error {
	if s.uid != 0 {
		if uid != -1 && uid != n.uid || n.uid != s.uid || gid != -1 && gid != n.gid && !s.member(gid) {
			return unix.EPERM
		}
	}
	if uid != -1 {
		n.uid = uid
	}
	if gid != -1 {
		n.gid = gid
	}
	n.ctime = s.disk.now()
	s.disk.version++
	return nil
}

func (f *memFile) Chmod(mode uint32) error {
	v, err := f.enter("chmod")
	defer f.sys.disk.mu.Unlock()
	if err != nil || v.pretend {
		return err
	}
	if f.sys.uid != 0 && f.sys.uid != f.inode.uid {
		return unix.EPERM
	}
	f.inode.mode, f.inode.ctime = mode, f.sys.disk.now()
	f.sys.disk.version++
	return nil
}

func (f *memFile) StartSync() {
	f.enter("startsync")
	f.sys.disk.mu.Unlock()
}

func (f *memFile) Sync() error {
	v, err := f.enter("sync")
	defer f.sys.disk.mu.Unlock()
	if err == nil {
		err, f.inode.failed = f.inode.failed, nil
	}
	if err != nil {
		for i := range f.inode.writes {
			f.inode.writes[i].lost = true
		}
		return err
	}
	if !v.pretend {
		f.sys.disk.syncFile(f.inode)
	}
	return nil
}

func (f *memFile) Lock() (bool, error) {
	v, err := f.enter("lock")
	defer f.sys.disk.mu.Unlock()
	if err != nil || v.pretend {
		return err == nil, err
	}
	if f.sys.disk.nfs && f.rights&2 == 0 && f.inode.kind == unix.S_IFREG {
		return false, unix.EBADF
	}
	for other := range f.inode.locks {
		if other != f {
			return false, nil
		}
	}
	f.inode.lock(f, true)
	return true, nil
}

func (f *memFile) LockShared() (bool, error) {
	v, err := f.enter("lock")
	defer f.sys.disk.mu.Unlock()
	if err != nil || v.pretend {
		return err == nil, err
	}
	for other, exclusive := range f.inode.locks {
		if other != f && exclusive {
			return false, nil
		}
	}
	f.inode.lock(f, false)
	return true, nil
}

func (n *inode) lock(f *memFile, exclusive bool) {
	if n.locks == nil {
		n.locks = make(map[*memFile]bool)
	}
	n.locks[f] = exclusive
}

func (f *memFile) Unlock() error {
	_, err := f.enter("unlock")
	defer f.sys.disk.mu.Unlock()
	delete(f.inode.locks, f)
	return err
}

// LockRange names the holder only on a local disk.
func (f *memFile) LockRange(start, length int64) (bool, int, error) {
	_, err := f.enter("lockrange")
	defer f.sys.disk.mu.Unlock()
	if err != nil {
		return false, 0, err
	}
	for _, r := range f.inode.ranges {
		if r.proc != f.sys.proc && start < r.start+r.length && r.start < start+length {
			if f.sys.disk.nfs {
				return false, 0, nil
			}
			return false, r.proc, nil
		}
	}
	f.inode.ranges = append(f.inode.ranges, byteRange{f.sys.proc, start, length})
	return true, 0, nil
}

func (f *memFile) Unused() bool {
	_, err := f.enter("unused")
	defer f.sys.disk.mu.Unlock()
	return err == nil && f.inode.opened == 1
}

func (f *memFile) Close() error {
	v := f.sys.enter("close", f.inode.path, f.inode)
	defer f.sys.disk.mu.Unlock()
	if f.closed {
		panic("file closed twice: " + f.inode.path)
	}
	f.shut()
	return v.err
}

// shut drops what goes with the opening, and, as POSIX has it, all locks of
// ranges that the process has on the file.
func (f *memFile) shut() {
	f.closed = true
	n := f.inode
	n.failed = nil // who opens it later need not be told
	n.opened--
	delete(f.sys.disk.open, f)
	delete(n.locks, f)
	kept := n.ranges[:0]
	for _, r := range n.ranges {
		if r.proc != f.sys.proc {
			kept = append(kept, r)
		}
	}
	n.ranges = kept
}

// kill ends the process: what it had open is closed.
func (s *memSystem) kill() {
	s.disk.mu.Lock()
	defer s.disk.mu.Unlock()
	for f := range s.disk.open {
		if f.sys == s {
			f.shut()
		}
	}
	for d := range s.disk.dirs {
		if d.sys == s {
			d.closed = true
			delete(s.disk.dirs, d)
		}
	}
}
