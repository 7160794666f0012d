package fakedisk

import (
	"io"

	"golang.org/x/sys/unix"

	"switchboard/pkg/queue/internal/disk"
)

// File is an open file, which flock(2) calls an open file description.
type File struct {
	sys    *Process
	inode  *Inode
	rights uint32
	fd     int
	closed bool
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
		p = p[:len(p)/2] // the part that there was room for
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

// Chown follows the kernel's rules: only root changes the owner, and an owner may change
// the group to one of his own.
func (f *File) Chown(uid, gid int) error {
	v, err := f.enter("chown")
	defer f.sys.Disk.Mu.Unlock()
	if err != nil || v.Pretend {
		return err
	}
	return f.sys.chown(f.inode, uid, gid)
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

// Touch follows the kernel's rules: the owner and whoever may write may set the time to now.
func (f *File) Touch() error {
	v, err := f.enter("touch")
	defer f.sys.Disk.Mu.Unlock()
	if err != nil || v.Pretend {
		return err
	}
	if f.sys.UID != f.inode.UID && !f.sys.may(f.inode, 2) {
		return unix.EACCES
	}
	now := f.sys.Disk.now()
	f.inode.ModTime, f.inode.ctime, f.inode.Touched = now, now, now
	f.sys.Disk.Version++
	return nil
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

// shut releases the lock of this opening and, as in POSIX, all range locks that the
// process has on the file.
func (f *File) shut() {
	f.closed = true
	n := f.inode
	n.failed = nil // the kernel does not report it to a later opening
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
