package fakedisk

import (
	"io"

	"golang.org/x/sys/unix"

	"switchboard/pkg/queue/internal/disk"
)

// File is an open file: what flock(2) calls an open file description.
type File struct {
	sys    *Process
	inode  *Inode
	rights uint32
	fd     int
	closed bool
}

// opened must be called with the disk locked.
func (s *Process) opened(n *Inode, rights uint32) *File {
	s.Disk.fds++
	f := &File{sys: s, inode: n, rights: rights, fd: s.Disk.fds}
	n.opened++
	s.Disk.OpenFiles[f] = true
	return f
}

func (f *File) enter(op string) (Verdict, error) {
	v := f.sys.enter(op, f.inode.Path, f.inode)
	if f.closed {
		return v, unix.EBADF
	}
	return v, v.Err
}

func (f *File) Fd() int { return f.fd }

func (f *File) Stat() (disk.Stat, error) {
	_, err := f.enter("stat")
	defer f.sys.Disk.Mu.Unlock()
	return f.inode.stat(), err
}

func (f *File) ReadAt(p []byte, off int64) (int, error) {
	_, err := f.enter("read")
	defer f.sys.Disk.Mu.Unlock()
	if err != nil {
		return 0, err
	}
	if f.inode.Kind != unix.S_IFREG {
		return 0, unix.EINVAL
	}
	if off >= int64(len(f.inode.Data)) {
		if len(p) == 0 {
			return 0, nil
		}
		return 0, io.EOF
	}
	n := copy(p, f.inode.Data[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (f *File) WriteAt(p []byte, off int64) (int, error) {
	_, err := f.enter("write")
	defer f.sys.Disk.Mu.Unlock()
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

func (f *File) Truncate(size int64) error {
	v, err := f.enter("truncate")
	defer f.sys.Disk.Mu.Unlock()
	if err == nil && f.rights&2 == 0 {
		err = unix.EINVAL
	}
	if err == nil && !v.Pretend && size != int64(len(f.inode.Data)) {
		f.change(extent{off: size})
	}
	return err
}

func (f *File) change(e extent) {
	f.inode.Data = e.apply(f.inode.Data)
	f.inode.writes = append(f.inode.writes, e)
	f.inode.ModTime, f.inode.ctime = f.sys.Disk.now(), f.sys.Disk.now()
	f.sys.Disk.Version++
}

// Chown as the kernel has it: root alone gives files away, an owner can give
// one to a group of his own.
func (f *File) Chown(uid, gid int) error {
	v, err := f.enter("chown")
	defer f.sys.Disk.Mu.Unlock()
	if err != nil || v.Pretend {
		return err
	}
	return f.sys.chown(f.inode, uid, gid)
}

func (s *Process) chown(n *Inode, uid, gid int) error {
	if s.UID != 0 {
		if uid != -1 && uid != n.UID || n.UID != s.UID || gid != -1 && gid != n.GID && !s.member(gid) {
			return unix.EPERM
		}
	}
	if uid != -1 {
		n.UID = uid
	}
	if gid != -1 {
		n.GID = gid
	}
	n.ctime = s.Disk.now()
	s.Disk.Version++
	return nil
}

func (f *File) Chmod(mode uint32) error {
	v, err := f.enter("chmod")
	defer f.sys.Disk.Mu.Unlock()
	if err != nil || v.Pretend {
		return err
	}
	if f.sys.UID != 0 && f.sys.UID != f.inode.UID {
		return unix.EPERM
	}
	f.inode.Mode, f.inode.ctime = mode, f.sys.Disk.now()
	f.sys.Disk.Version++
	return nil
}

func (f *File) StartSync() {
	f.enter("startsync")
	f.sys.Disk.Mu.Unlock()
}

func (f *File) Sync() error {
	v, err := f.enter("sync")
	defer f.sys.Disk.Mu.Unlock()
	if err == nil {
		err, f.inode.failed = f.inode.failed, nil
	}
	if err != nil {
		for i := range f.inode.writes {
			f.inode.writes[i].lost = true
		}
		return err
	}
	if !v.Pretend {
		f.sys.Disk.SyncFile(f.inode)
	}
	return nil
}

func (f *File) Lock() (bool, error) {
	v, err := f.enter("lock")
	defer f.sys.Disk.Mu.Unlock()
	if err != nil || v.Pretend {
		return err == nil, err
	}
	if f.sys.Disk.NFS && f.rights&2 == 0 && f.inode.Kind == unix.S_IFREG {
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

func (f *File) LockShared() (bool, error) {
	v, err := f.enter("lock")
	defer f.sys.Disk.Mu.Unlock()
	if err != nil || v.Pretend {
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

func (n *Inode) lock(f *File, exclusive bool) {
	if n.locks == nil {
		n.locks = make(map[*File]bool)
	}
	n.locks[f] = exclusive
}

func (f *File) Unlock() error {
	_, err := f.enter("unlock")
	defer f.sys.Disk.Mu.Unlock()
	delete(f.inode.locks, f)
	return err
}

// LockRange names the holder only on a local disk.
func (f *File) LockRange(start, length int64) (bool, int, error) {
	_, err := f.enter("lockrange")
	defer f.sys.Disk.Mu.Unlock()
	if err != nil {
		return false, 0, err
	}
	for _, r := range f.inode.ranges {
		if r.proc != f.sys.ID && start < r.start+r.length && r.start < start+length {
			if f.sys.Disk.NFS {
				return false, 0, nil
			}
			return false, r.proc, nil
		}
	}
	f.inode.ranges = append(f.inode.ranges, byteRange{f.sys.ID, start, length})
	return true, 0, nil
}

func (f *File) Unused() bool {
	_, err := f.enter("unused")
	defer f.sys.Disk.Mu.Unlock()
	return err == nil && f.inode.opened == 1
}

func (f *File) Close() error {
	v := f.sys.enter("close", f.inode.Path, f.inode)
	defer f.sys.Disk.Mu.Unlock()
	if f.closed {
		panic("file closed twice: " + f.inode.Path)
	}
	f.shut()
	return v.Err
}

// shut drops what goes with the opening, and, as POSIX has it, all locks of
// ranges that the process has on the file.
func (f *File) shut() {
	f.closed = true
	n := f.inode
	n.failed = nil // who opens it later need not be told
	n.opened--
	delete(f.sys.Disk.OpenFiles, f)
	delete(n.locks, f)
	kept := n.ranges[:0]
	for _, r := range n.ranges {
		if r.proc != f.sys.ID {
			kept = append(kept, r)
		}
	}
	n.ranges = kept
}

// Kill ends the process: what it had open is closed.
func (s *Process) Kill() {
	s.Disk.Mu.Lock()
	defer s.Disk.Mu.Unlock()
	for f := range s.Disk.OpenFiles {
		if f.sys == s {
			f.shut()
		}
	}
	for d := range s.Disk.OpenDirs {
		if d.sys == s {
			d.closed = true
			delete(s.Disk.OpenDirs, d)
		}
	}
}
