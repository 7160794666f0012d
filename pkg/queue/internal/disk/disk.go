// Package disk holds every system call that pkg/queue makes on a disk, behind three
// interfaces: [System], [Dir] and [File]. One reads in this file all that the toolkit
// can do to a disk, and tests can fail each call or cut the power after it: package
// fakedisk has the same interfaces in memory.
package disk

import (
	"io"
	"time"

	"golang.org/x/sys/unix"
)

// System is where a path first meets the disk.
type System interface {
	// OpenDir opens a directory, following links: the path is the caller's word.
	OpenDir(path string) (Dir, error)
	// OpenTrusted opens a directory and follows only links that root made, wherever
	// in the path they are. Any other link is ErrPlanted.
	OpenTrusted(path string) (Dir, error)
	// Root says whether this process has root's rights over files.
	Root() bool
	// Now is the wall clock.
	Now() time.Time
	// Sleep lets time pass, between two tries of what another process keeps us from.
	Sleep(time.Duration)
	// OpenFiles is how many files this process may have open.
	OpenFiles() int
}

// Dir is an open directory. Names are single components; no call
// follows a link, so that no name can lead out of it.
type Dir interface {
	Stat() (Stat, error)
	Lstat(name string) (Stat, error)
	// Relook is Lstat that a network filesystem may not answer from its cache: a
	// name may have come or gone on another machine seconds ago.
	Relook(name string) (Stat, error)
	// Open opens for reading, OpenRW for reading and writing. Neither waits for
	// the other end of a FIFO.
	Open(name string) (File, error)
	OpenRW(name string) (File, error)
	// Create makes a new file, readable by its owner alone, and fails if the
	// name is taken.
	Create(name string) (File, error)
	// CreateUnnamed makes a new file, readable by its owner alone, that has no name
	// and never gets one: it goes with its last descriptor.
	CreateUnnamed() (fd int, err error)
	// Self opens the directory itself as a file, for its lock.
	Self() (File, error)
	// Rename moves a file and fails with EEXIST if the new name is taken. Not
	// every system and filesystem has such a rename: see Unsupported.
	Rename(name string, to Dir, newName string) error
	// Replace moves a file, and removes the one that has the new name.
	Replace(name string, to Dir, newName string) error
	// Link gives a file a second name and fails with EEXIST if that is taken.
	Link(name, newName string) error
	// Exchange swaps what two names stand for. Not every system and filesystem
	// can: see Unsupported.
	Exchange(a, b string) error
	Unlink(name string) error
	// Mkdir makes a directory of exactly this mode, whatever the umask, and says
	// which it is: by its name it may be another one a moment later.
	Mkdir(name string, mode uint32) (Stat, error)
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
	Holders(File) string
	Close() error
}

// File is an open regular file, or what turned out not to be one.
type File interface {
	io.ReaderAt
	io.WriterAt
	Stat() (Stat, error)
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

// Stat is what fstat(2) says, as far as it matters here.
type Stat struct {
	Dev, Ino   uint64
	Nlink      uint64
	Size       int64
	Mode       uint32
	UID, GID   int
	ModTime    time.Time
	ChangeTime time.Time
}

func (s Stat) Regular() bool { return s.Mode&unix.S_IFMT == unix.S_IFREG }

func (s Stat) IsDir() bool { return s.Mode&unix.S_IFMT == unix.S_IFDIR }

// GroupWrites says whether the file's group may write to it.
func (s Stat) GroupWrites() bool { return s.Mode&unix.S_IWGRP != 0 }

// LikeTmp says whether everybody may make files in a directory and remove only
// their own, as in /tmp.
func (s Stat) LikeTmp() bool { return s.Mode&unix.S_ISVTX != 0 && s.Mode&unix.S_IWOTH != 0 }

// Same says whether two stats are of one file.
func (s Stat) Same(o Stat) bool { return s.Dev == o.Dev && s.Ino == o.Ino }

func fromUnix(st *unix.Stat_t) Stat {
	return Stat{
		Dev: uint64(st.Dev), Ino: uint64(st.Ino), Nlink: uint64(st.Nlink), Size: st.Size,
		Mode: uint32(st.Mode), UID: int(st.Uid), GID: int(st.Gid),
		ModTime: time.Unix(st.Mtim.Unix()), ChangeTime: time.Unix(st.Ctim.Unix()),
	}
}
