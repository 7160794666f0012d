package disk

import (
	"io"

	"golang.org/x/sys/unix"
)

type osFile struct{ fd int }

func (f *osFile) Fd() int             { return f.fd }
func (f *osFile) Stat() (Stat, error) { return fstat(f.fd) }
func (f *osFile) Close() error        { return unix.Close(f.fd) }
func (f *osFile) WriteBack()          { writeBack(f.fd) }
func (f *osFile) Sync() error         { return again(func() error { return fsync(f.fd) }) }
func (f *osFile) StartSync() func() error {
	return inBackground(f.Sync)
}
func (f *osFile) Chown(uid, gid int) error {
	return again(func() error { return unix.Fchown(f.fd, uid, gid) })
}
func (f *osFile) Chmod(mode uint32) error {
	return again(func() error { return unix.Fchmod(f.fd, mode) })
}
func (f *osFile) Truncate(size int64) error {
	return again(func() error { return unix.Ftruncate(f.fd, size) })
}
func (f *osFile) Touch() error { return again(func() error { return touch(f.fd) }) }
func (f *osFile) Unused() bool { return unused(f.fd) }

func (f *osFile) Lock() (bool, error)       { return f.flock(unix.LOCK_EX) }
func (f *osFile) LockShared() (bool, error) { return f.flock(unix.LOCK_SH) }
func (f *osFile) Unlock() error             { return again(func() error { return unix.Flock(f.fd, unix.LOCK_UN) }) }

// flock never waits, because the holder may keep the lock for hours.
func (f *osFile) flock(how int) (bool, error) {
	err := again(func() error { return unix.Flock(f.fd, how|unix.LOCK_NB) })
	if err == unix.EWOULDBLOCK {
		return false, nil
	}
	return err == nil, err
}

// LockRange believes the kernel's refusal, whatever F_GETLK then says of the holder.
// F_GETLK names nobody (0 or a negative number) if the holder is on another machine or
// in another pid namespace. LockRange tries again only if the lock was released between
// the two calls, and only once, because others may take it in turns.
func (f *osFile) LockRange(start, length int64) (bool, int, error) {
	for try := 0; ; try++ {
		lock := unix.Flock_t{Type: unix.F_WRLCK, Start: start, Len: length}
		err := again(func() error { return unix.FcntlFlock(uintptr(f.fd), unix.F_SETLK, &lock) })
		if err != unix.EAGAIN && err != unix.EACCES {
			return err == nil, 0, err
		}
		err = again(func() error { return unix.FcntlFlock(uintptr(f.fd), unix.F_GETLK, &lock) })
		if err == nil && lock.Type != unix.F_UNLCK {
			return false, max(int(lock.Pid), 0), nil
		}
		if try > 0 || err != nil {
			return false, 0, nil
		}
	}
}

func (f *osFile) ReadAt(p []byte, off int64) (done int, err error) {
	for done < len(p) {
		var n int
		err = again(func() error { n, err = unix.Pread(f.fd, p[done:], off+int64(done)); return err })
		if err != nil {
			return done, err
		}
		if n == 0 {
			return done, io.EOF
		}
		done += n
	}
	return done, nil
}

func (f *osFile) WriteAt(p []byte, off int64) (done int, err error) {
	for done < len(p) {
		var n int
		err = again(func() error { n, err = unix.Pwrite(f.fd, p[done:], off+int64(done)); return err })
		if err != nil {
			return done, err
		}
		done += n
	}
	return done, nil
}
