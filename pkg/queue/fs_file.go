package queue

import (
	"io"

	"golang.org/x/sys/unix"
)

type osFile struct{ fd int }

func (f *osFile) Fd() int             { return f.fd }
func (f *osFile) Stat() (stat, error) { return fstat(f.fd) }
func (f *osFile) Close() error        { return unix.Close(f.fd) }
func (f *osFile) StartSync()          { startSync(f.fd) }
func (f *osFile) Sync() error         { return again(func() error { return fsync(f.fd) }) }
func (f *osFile) Chown(uid, gid int) error {
	return again(func() error { return unix.Fchown(f.fd, uid, gid) })
}
func (f *osFile) Chmod(mode uint32) error {
	return again(func() error { return unix.Fchmod(f.fd, mode) })
}
func (f *osFile) Truncate(size int64) error {
	return again(func() error { return unix.Ftruncate(f.fd, size) })
}
func (f *osFile) Unused() bool { return unused(f.fd) }

func (f *osFile) Lock() (bool, error) {
	err := again(func() error { return unix.Flock(f.fd, unix.LOCK_EX|unix.LOCK_NB) })
	if err == unix.EWOULDBLOCK {
		return false, nil
	}
	return err == nil, err
}

func (f *osFile) LockRange(start, length int64) (int, error) {
	for {
		lock := unix.Flock_t{Type: unix.F_WRLCK, Start: start, Len: length}
		err := again(func() error { return unix.FcntlFlock(uintptr(f.fd), unix.F_SETLK, &lock) })
		if err != unix.EAGAIN && err != unix.EACCES {
			return 0, err
		}
		if holder, err := f.holder(lock); holder != 0 || err != nil {
			return holder, err
		}
		// It was given up in between.
	}
}

func (f *osFile) RangeHolder(at int64) (int, error) {
	return f.holder(unix.Flock_t{Type: unix.F_WRLCK, Start: at, Len: 1})
}

// holder is the other process that keeps us from a lock, 0 if none does.
func (f *osFile) holder(lock unix.Flock_t) (int, error) {
	err := again(func() error { return unix.FcntlFlock(uintptr(f.fd), unix.F_GETLK, &lock) })
	if err != nil || lock.Type == unix.F_UNLCK {
		return 0, err
	}
	return int(lock.Pid), nil
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
