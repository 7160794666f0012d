package disk

import (
	"sync/atomic"

	"golang.org/x/sys/unix"
)

type osDir struct {
	fd     int
	buffer []byte
	// turn counts the calls that change the directory or open a file to change it.
	turn    turn
	holders holders
	// others says that some file belongs to somebody else.
	others atomic.Bool
	// syncable says whether SyncFS can be relied on.
	syncable ability
	// local says whether only this machine changes the directory.
	local ability
	// relinks says what Relinks found.
	relinks ability
}

// ability is what a filesystem can do. It is checked when first asked for.
type ability uint8

const (
	unknown ability = iota
	unable
	able
)

// regularOnly are the flags for opening the names of a queue: the kernel refuses links
// and does not wait for a FIFO or a device.
const regularOnly = unix.O_NOFOLLOW | unix.O_NONBLOCK | unix.O_NOCTTY

func (d *osDir) Open(name string) (File, error) { return d.openUnseen(name, unix.O_RDONLY) }

func (d *osDir) OpenRW(name string) (File, error) {
	d.turn.did(changedEntry)
	return d.openUnseen(name, unix.O_RDWR)
}

// openUnseen asks the kernel not to update the access time, because that would be one
// more write per entry. The kernel allows this to the file's owner only.
func (d *osDir) openUnseen(name string, flags int) (File, error) {
	if !d.others.Load() {
		f, err := d.open(name, flags|regularOnly|noAccessTime)
		if err != unix.EPERM {
			return f, err
		}
		d.others.Store(true)
	}
	return d.open(name, flags|regularOnly)
}

func (d *osDir) Create(name string) (File, error) {
	d.turn.did(changedEntry)
	f, err := d.open(name, unix.O_RDWR|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW)
	if err == nil {
		use(f.Fd())
	}
	return f, err
}

func (d *osDir) open(name string, flags int) (File, error) {
	fd, err := open(d.fd, name, flags)
	if err != nil {
		return nil, err
	}
	return &osFile{fd}, nil
}

func (d *osDir) Mkdir(name string, mode uint32) (Dir, error) {
	if err := again(func() error { return unix.Mkdirat(d.fd, name, mode&0o777) }); err != nil {
		return nil, err
	}
	fd, err := open(d.fd, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW)
	if err != nil {
		return nil, err
	}
	// Whoever may rename in d may have put another directory there, even one of root's.
	if err = isNew(fd); err == nil {
		// The umask may have cleared bits, and mkdir(2) does not set the setgid bit.
		err = again(func() error { return unix.Fchmod(fd, mode) })
	}
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	return &osDir{fd: fd}, nil
}

func (d *osDir) Rmdir(name string) error {
	return again(func() error { return unix.Unlinkat(d.fd, name, unix.AT_REMOVEDIR) })
}

// isNew returns an error if root has opened a directory that it cannot have made just now:
// it is not root's, or not empty.
func isNew(fd int) error {
	if unix.Geteuid() != 0 {
		return nil
	}
	st, err := fstat(fd)
	if err != nil {
		return err
	}
	if st.UID != 0 {
		return unix.EEXIST
	}
	return (&osDir{fd: fd}).Read(func([]byte, bool) error { return unix.EEXIST })
}

// Chown keeps the setgid bit, because the kernel clears it on files, not directories.
func (d *osDir) Chown(uid, gid int) error {
	return again(func() error { return unix.Fchown(d.fd, uid, gid) })
}

func (d *osDir) Stat() (Stat, error) { return fstat(d.fd) }

func (d *osDir) Above() (Stat, error) { return d.Lstat("..") }

func (d *osDir) Lstat(name string) (Stat, error) {
	var st unix.Stat_t
	err := again(func() error { return unix.Fstatat(d.fd, name, &st, unix.AT_SYMLINK_NOFOLLOW) })
	return fromUnix(&st), err
}

func (d *osDir) Relook(name string) (Stat, error) {
	if d.remote() {
		if err := refresh(d.fd); err != nil {
			return Stat{}, err
		}
	}
	return d.Lstat(name)
}

// remote says whether other machines may change the names.
func (d *osDir) remote() bool {
	if d.local == unknown {
		d.local = unable
		if isLocal(d.fd) {
			d.local = able
		}
	}
	return d.local == unable
}

func (d *osDir) Self() (File, error) { return d.open(".", unix.O_RDONLY|unix.O_DIRECTORY) }

func (d *osDir) Rename(name string, to Dir, newName string) error {
	d.turn.did(changedEntry)
	return again(func() error { return renameNoReplace(d.fd, name, to.(*osDir).fd, newName) })
}

func (d *osDir) Replace(name string, to Dir, newName string) error {
	return again(func() error { return unix.Renameat(d.fd, name, to.(*osDir).fd, newName) })
}

func (d *osDir) Link(name, newName string) error {
	return again(func() error { return unix.Linkat(d.fd, name, d.fd, newName, 0) })
}

func (d *osDir) Exchange(a, b string) error {
	return again(func() error { return exchange(d.fd, a, b) })
}

func (d *osDir) Unlink(name string) error {
	d.turn.did(changedEntry)
	return again(func() error { return unix.Unlinkat(d.fd, name, 0) })
}

func (d *osDir) Sync() error             { return again(func() error { return fsync(d.fd) }) }
func (d *osDir) StartSync() func() error { return inBackground(d.Sync) }
func (d *osDir) Close() error            { return unix.Close(d.fd) }

// inBackground starts a call that takes long. wait returns its result.
func inBackground(call func() error) (wait func() error) {
	done := make(chan error, 1)
	go func() { done <- call() }()
	return func() error { return <-done }
}
