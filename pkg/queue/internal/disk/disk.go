// Package disk makes every system call of package queue.
//
// All changes to a disk go through three interfaces, [System], [Dir] and [File]. This
// file declares them, so it lists everything that the toolkit can do to a disk. [OS]
// is the kernel. Package fakedisk implements the same interfaces in memory, and tests
// use it to fail each call and to cut the power after it.
//
// Outside the interfaces are three calls that change nothing: [Writable] checks a path,
// [OpenUntrusted] opens files that are not a queue's, and [Watch] waits for new names.
//
// Errors are the kernel's, unwrapped: see [ErrNotExist] and its neighbours.
//
// A file x_linux.go has code for Linux only. A file x_other.go has the code for all
// systems without a file of their own.
package disk

import (
	"io"
	"time"
)

// System opens directories by their paths, and knows the process and the time.
type System interface {
	// OpenDir opens a directory and follows links, because the caller chose the path. But
	// root follows a link of another user only to a directory that this user, or the link's
	// group, may write to. Any other link is ErrPlanted. (Linux only.)
	OpenDir(path string) (Dir, error)
	// OpenTrusted opens a directory but follows only links that root made, anywhere in
	// the path. Any other link is ErrPlanted.
	OpenTrusted(path string) (Dir, error)
	// Root says whether this process has root's rights over files.
	Root() bool
	// Now is the wall clock.
	Now() time.Time
	// Sleep waits before another try at what another process is blocking.
	Sleep(time.Duration)
	// OpenFiles is how many files this process may have open.
	OpenFiles() int
}

// Dir is an open directory. Names are single components, and no call follows a link,
// so no name can lead out of the directory.
type Dir interface {
	Stat() (Stat, error)
	// Above is the Stat of the directory that this one is in.
	Above() (Stat, error)
	Lstat(name string) (Stat, error)
	// Relook is Lstat, but a network filesystem must not answer from its cache:
	// another machine may have added or removed the name seconds ago.
	Relook(name string) (Stat, error)
	// Open opens for reading, OpenRW for reading and writing. Neither waits for
	// the other end of a FIFO.
	Open(name string) (File, error)
	OpenRW(name string) (File, error)
	// Create makes a new file that only its owner can read. It fails if the name is
	// taken.
	Create(name string) (File, error)
	// CreateUnnamed makes a new file that only its owner can read. The file never has a
	// name, and is deleted when its last descriptor is closed.
	CreateUnnamed() (fd int, err error)
	// Self opens the directory itself as a file, so that it can be locked.
	Self() (File, error)
	// Rename moves a file or a directory, and fails with ErrExist if the new name is taken.
	// Some systems and filesystems cannot do this: see Unsupported.
	Rename(name string, to Dir, newName string) error
	// Replace moves a file and removes the one that has the new name.
	Replace(name string, to Dir, newName string) error
	// Link gives a file a second name and fails with ErrExist if that is taken.
	Link(name, newName string) error
	// Exchange swaps the files of two names. Some systems and filesystems cannot do
	// this: see Unsupported.
	Exchange(a, b string) error
	Unlink(name string) error
	// Mkdir makes a directory with exactly this mode, whatever the umask, and opens it: a
	// moment later another directory may have its name.
	Mkdir(name string, mode uint32) (Dir, error)
	// Rmdir removes an empty directory.
	Rmdir(name string) error
	// Chown changes the owner and group of the directory itself.
	Chown(uid, gid int) error
	// Read calls fn for each name with its type, as it is read.
	Read(fn func(name []byte, regular bool) error) error
	// Sync makes the directory's names durable. StartSync starts the same for the
	// names that it has now, and wait returns the result.
	Sync() error
	StartSync() (wait func() error)
	// SyncFS starts to make durable the content that is on the directory's
	// filesystem now, and wait returns the result. Success says nothing about names.
	// SyncFS returns nil if the system would not report a failure.
	SyncFS() (wait func() error)
	// Relinks says whether a file that was renamed to here from another directory may
	// have both names after a power cut, if only this directory was synced.
	Relinks() bool
	// Reserve starts to make room for this many open files, if the system makes room
	// in steps that each take long.
	Reserve(files int)
	// Holders names the processes that have the lock of an open entry, for a
	// person. It returns "" if the system does not say.
	Holders(File) string
	Close() error
}

// File is an open file. Open does not check its type, so it need not be a regular one.
type File interface {
	io.ReaderAt
	io.WriterAt
	Stat() (Stat, error)
	Chown(uid, gid int) error
	Chmod(mode uint32) error
	Truncate(size int64) error
	// Touch sets the time of the last change of the content to now.
	Touch() error
	// WriteBack starts writing the content to the disk and doesn't wait. It makes
	// nothing durable, and a failure is left to Sync.
	WriteBack()
	// Sync makes the content durable. StartSync starts the same, and wait returns the
	// result. The file must not be changed or closed before that.
	Sync() error
	StartSync() (wait func() error)
	// Lock takes the file's advisory lock, which is released when the last descriptor
	// of this opening is closed. It returns false if another opening has it. On NFS
	// the error is ErrNotWritable unless the file is open for writing.
	Lock() (bool, error)
	// LockShared takes a lock that others may share, and that prevents everybody
	// else's Lock.
	LockShared() (bool, error)
	// Unlock releases the lock of this opening.
	Unlock() error
	// LockRange takes a lock of this process on a range of bytes. It returns false if
	// another process has part of the range. holder is that process, or 0 if it is
	// unknown: it is on another machine or in another container, or it has released
	// the lock in the meantime.
	LockRange(start, length int64) (locked bool, holder int, err error)
	// Unused says whether no other process has the file open.
	Unused() bool
	Fd() int
	Close() error
}
