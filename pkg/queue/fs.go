package queue

import (
	"io"
	"time"

	"golang.org/x/sys/unix"
)

// This file and its fs_*.go neighbours hold every system call by which the library
// works on a disk, behind three interfaces, so that one reads here all that it can
// do there, and so that tests can fail each call or cut the power after it. What
// changes nothing is elsewhere: looking up paths (path.go), being told of new names
// (wait_*.go).

// system is where a path first meets the disk.
type system interface {
	// OpenDir opens a directory, following links: the path is the caller's word.
	OpenDir(path string) (directory, error)
	// OpenTrusted opens a directory and follows only links that root made, wherever
	// in the path they are. Any other link is errPlanted.
	OpenTrusted(path string) (directory, error)
	// Root says whether this process has root's rights over files.
	Root() bool
	// Now is the wall clock.
	Now() time.Time
	// Sleep lets time pass, between two tries of what another process keeps us from.
	Sleep(time.Duration)
	// OpenFiles is how many files this process may have open.
	OpenFiles() int
}

// directory is an open directory. Names are single components; no call
// follows a link, so that no name can lead out of it.
type directory interface {
	Stat() (stat, error)
	Lstat(name string) (stat, error)
	// Relook is Lstat that a network filesystem may not answer from its cache: a
	// name may have come or gone on another machine seconds ago.
	Relook(name string) (stat, error)
	// Open opens for reading, OpenRW for reading and writing. Neither waits for
	// the other end of a FIFO.
	Open(name string) (file, error)
	OpenRW(name string) (file, error)
	// Create makes a new file, readable by its owner alone, and fails if the
	// name is taken.
	Create(name string) (file, error)
	// CreateUnnamed makes a new file, readable by its owner alone, that has no name
	// and never gets one: it goes with its last descriptor.
	CreateUnnamed() (fd int, err error)
	// Self opens the directory itself as a file, for its lock.
	Self() (file, error)
	// Rename moves a file and fails with EEXIST if the new name is taken. Not
	// every system and filesystem has such a rename: see unsupported.
	Rename(name string, to directory, newName string) error
	// Replace moves a file, and removes the one that has the new name.
	Replace(name string, to directory, newName string) error
	// Link gives a file a second name and fails with EEXIST if that is taken.
	Link(name, newName string) error
	// Exchange swaps what two names stand for. Not every system and filesystem
	// can: see unsupported.
	Exchange(a, b string) error
	Unlink(name string) error
	// Mkdir makes a directory of exactly this mode, whatever the umask, and says
	// which it is: by its name it may be another one a moment later.
	Mkdir(name string, mode uint32) (stat, error)
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
	// Relinks says whether a power cut may leave a file that was renamed to here from
	// another directory under both names, when only this directory has been synced.
	Relinks() bool
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
	// of this opening is closed. False if another opening has it. On NFS the error
	// is EBADF unless the file is open for writing.
	Lock() (bool, error)
	// LockShared takes a lock that others may share, and that keeps Lock from
	// everybody else.
	LockShared() (bool, error)
	// Unlock gives up the lock of this opening.
	Unlock() error
	// LockRange takes a lock of this process on a range of bytes. False if another
	// process has part of it; holder is that one's number, or 0 where it is not
	// known: the process is on another machine or in another container, or the lock
	// was given up in the meantime.
	LockRange(start, length int64) (locked bool, holder int, err error)
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
