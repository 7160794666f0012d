package queue

import (
	"errors"
	"io"
	"math"
	"time"

	"golang.org/x/sys/unix"
)

// This file and its fs_*.go neighbours hold every system call that the library
// makes, behind three interfaces, so that one reads here all that it can do to
// a disk, and so that tests can fail each call or cut the power after it. Only
// looking up paths (path.go) and reading pid files (mailman.go) is elsewhere:
// these change nothing.

// system is where a path first meets the disk.
type system interface {
	// OpenDir opens a directory, following links: the path is the caller's word.
	OpenDir(path string) (directory, error)
	// Mkdir makes a directory of exactly this mode, whatever the umask, and says
	// which it is: by its name it may be another one a moment later.
	Mkdir(path string, mode uint32) (stat, error)
	// Now is the wall clock.
	Now() time.Time
	// OpenFiles is how many files this process may have open.
	OpenFiles() int
}

// directory is an open directory. Names are single components; no call
// follows a link, so that no name can lead out of it.
type directory interface {
	Stat() (stat, error)
	Lstat(name string) (stat, error)
	// Open opens for reading, OpenRW for reading and writing. Neither waits for
	// the other end of a FIFO.
	Open(name string) (file, error)
	OpenRW(name string) (file, error)
	// Create makes a new file, readable by its owner alone, and fails if the
	// name is taken.
	Create(name string) (file, error)
	// Rename moves a file and fails with EEXIST if the new name is taken.
	Rename(name string, to directory, newName string) error
	// Exchange swaps what two names stand for.
	Exchange(a, b string) error
	Unlink(name string) error
	// Chown gives the directory itself away.
	Chown(uid, gid int) error
	// Read calls fn for each name with its type, as it is read.
	Read(fn func(name []byte, regular bool) error) error
	// Sync makes the directory's names durable. StartSync begins to, with those that
	// it has now; wait says, once they are, how that went.
	Sync() error
	StartSync() (wait func() error)
	// SyncFS begins to make durable the content that is on the directory's
	// filesystem now. wait says, once it is, how that went. It is nil where the
	// system cannot tell.
	SyncFS() (wait func() error)
	// Reserve begins to make room for so many open files at once, where the system
	// makes it in steps that each take long.
	Reserve(files int)
	// Holders names the processes that have the lock of an open entry, for a
	// person; "" where the system does not say.
	Holders(file) string
	Close() error
}

// file is an open regular file, or what turned out not to be one.
type file interface {
	io.ReaderAt
	io.WriterAt
	Stat() (stat, error)
	Chown(uid, gid int) error
	Chmod(mode uint32) error
	Truncate(size int64) error
	// StartSync starts writing the content to the disk and doesn't wait.
	StartSync()
	// Sync makes the content durable.
	Sync() error
	// Lock takes the file's advisory lock, which goes when the last descriptor
	// of this opening is closed. False if another has it.
	Lock() (bool, error)
	// LockRange takes a lock of this process on a range of bytes. When another
	// process has part of it, it returns that one's number.
	LockRange(start, length int64) (holder int, err error)
	// Unused says whether no other process has the file open.
	Unused() bool
	Fd() int
	Close() error
}

// stat is what fstat(2) says, as far as it matters here.
type stat struct {
	dev, ino uint64
	nlink    uint64
	size     int64
	mode     uint32
	uid, gid int
	mtime    time.Time
	ctime    time.Time
}

func (s stat) regular() bool { return s.mode&unix.S_IFMT == unix.S_IFREG }

// same says whether two stats are of one file.
func (s stat) same(o stat) bool { return s.dev == o.dev && s.ino == o.ino }

func fromUnix(st *unix.Stat_t) stat {
	return stat{
		dev: uint64(st.Dev), ino: uint64(st.Ino), nlink: uint64(st.Nlink), size: st.Size,
		mode: uint32(st.Mode), uid: int(st.Uid), gid: int(st.Gid),
		mtime: time.Unix(st.Mtim.Unix()), ctime: time.Unix(st.Ctim.Unix()),
	}
}

// again repeats a call that a signal interrupted: the Go runtime preempts its
// threads with signals, and not every filesystem restarts by itself.
func again(call func() error) error {
	for {
		if err := call(); err != unix.EINTR {
			return err
		}
	}
}

type osSystem struct{}

func (osSystem) Now() time.Time { return time.Now() }

func (osSystem) OpenFiles() int {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return 256 // the least of any system's defaults
	}
	return int(min(uint64(limit.Cur), math.MaxInt32))
}

func (osSystem) OpenDir(path string) (directory, error) {
	fd, err := open(unix.AT_FDCWD, path, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return nil, err
	}
	return &osDir{fd: fd}, nil
}

func (osSystem) Mkdir(path string, mode uint32) (stat, error) {
	if err := again(func() error { return unix.Mkdir(path, mode&0o777) }); err != nil {
		return stat{}, err
	}
	fd, err := open(unix.AT_FDCWD, path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW)
	if err != nil {
		return stat{}, err
	}
	defer unix.Close(fd)
	// The umask may have taken bits away, and mkdir(2) sets no setgid bit.
	if err := again(func() error { return unix.Fchmod(fd, mode) }); err != nil {
		return stat{}, err
	}
	return fstat(fd)
}

func open(dir int, name string, flags int) (fd int, err error) {
	err = again(func() error {
		fd, err = unix.Openat(dir, name, flags|unix.O_CLOEXEC, 0o600)
		return err
	})
	return fd, err
}

type osDir struct {
	fd      int
	buffer  []byte
	holders holders
	// others says that there is a file of somebody else's.
	others bool
	// syncable says whether SyncFS can be relied on.
	syncable ability
}

// ability is what is found out when it is first asked for.
type ability uint8

const (
	unknown ability = iota
	unable
	able
)

// regularOnly is how names of a queue are opened: a link is refused, and a
// FIFO or a device answers at once instead of waiting.
const regularOnly = unix.O_NOFOLLOW | unix.O_NONBLOCK | unix.O_NOCTTY

func (d *osDir) Open(name string) (file, error)   { return d.openUnseen(name, unix.O_RDONLY) }
func (d *osDir) OpenRW(name string) (file, error) { return d.openUnseen(name, unix.O_RDWR) }

// openUnseen asks that reading does not set the time of the last access, which
// would be a change to write down for each entry. That is granted to a file's
// owner.
func (d *osDir) openUnseen(name string, flags int) (file, error) {
	if !d.others {
		f, err := d.open(name, flags|regularOnly|noAccessTime)
		if err != unix.EPERM {
			return f, err
		}
		d.others = true
	}
	return d.open(name, flags|regularOnly)
}

func (d *osDir) Create(name string) (file, error) {
	f, err := d.open(name, unix.O_RDWR|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW)
	if err == nil {
		use(f.Fd())
	}
	return f, err
}

func (d *osDir) open(name string, flags int) (file, error) {
	fd, err := open(d.fd, name, flags)
	if err != nil {
		return nil, err
	}
	return &osFile{fd}, nil
}

// Chown keeps the setgid bit: the kernel takes it from files, not directories.
func (d *osDir) Chown(uid, gid int) error {
	return again(func() error { return unix.Fchown(d.fd, uid, gid) })
}

func (d *osDir) Stat() (stat, error) { return fstat(d.fd) }

func (d *osDir) Lstat(name string) (stat, error) {
	var st unix.Stat_t
	err := again(func() error { return unix.Fstatat(d.fd, name, &st, unix.AT_SYMLINK_NOFOLLOW) })
	return fromUnix(&st), err
}

func (d *osDir) Rename(name string, to directory, newName string) error {
	target := to.(*osDir)
	err := again(func() error { return renameNoReplace(d.fd, name, target.fd, newName) })
	if unsupported(err) {
		return d.lookAndRename(name, target, newName)
	}
	return err
}

// lookAndRename is for filesystems that cannot refuse to replace: the directory
// is locked against others of this toolkit in between. Unlike link and unlink
// this has no moment in which an entry is both ready and in flight.
func (d *osDir) lookAndRename(name string, target *osDir, newName string) error {
	if err := again(func() error { return unix.Flock(target.fd, unix.LOCK_EX) }); err != nil {
		return err
	}
	defer unix.Flock(target.fd, unix.LOCK_UN)
	if _, err := target.Lstat(newName); err == nil {
		return unix.EEXIST
	} else if err != unix.ENOENT {
		return err
	}
	return again(func() error { return unix.Renameat(d.fd, name, target.fd, newName) })
}

func (d *osDir) Exchange(a, b string) error {
	err := again(func() error { return exchange(d.fd, a, b) })
	if unsupported(err) {
		return d.lookAndReplace(a, b)
	}
	return err
}

// lookAndReplace is for systems without an exchange: a takes b's place and b's
// old file goes. b is checked first, so that a file that went in the meantime
// stays gone.
func (d *osDir) lookAndReplace(a, b string) error {
	if _, err := d.Lstat(b); err != nil {
		return err
	}
	return again(func() error { return unix.Renameat(d.fd, a, d.fd, b) })
}

// unsupported says whether the kernel or the filesystem lacks a call.
func unsupported(err error) bool {
	return errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTSUP)
}

func (d *osDir) Unlink(name string) error {
	return again(func() error { return unix.Unlinkat(d.fd, name, 0) })
}

func (d *osDir) Sync() error             { return again(func() error { return fsync(d.fd) }) }
func (d *osDir) StartSync() func() error { return inBackground(d.Sync) }
func (d *osDir) Close() error            { return unix.Close(d.fd) }

// inBackground begins a call that takes long. wait waits for its end.
func inBackground(call func() error) (wait func() error) {
	done := make(chan error, 1)
	go func() { done <- call() }()
	return func() error { return <-done }
}

func fstat(fd int) (stat, error) {
	var st unix.Stat_t
	err := again(func() error { return unix.Fstat(fd, &st) })
	return fromUnix(&st), err
}

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
		err = again(func() error { return unix.FcntlFlock(uintptr(f.fd), unix.F_GETLK, &lock) })
		if err != nil {
			return 0, err
		}
		if lock.Type != unix.F_UNLCK {
			return int(lock.Pid), nil
		}
		// It was given up in between.
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
