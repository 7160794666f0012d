package disk

import (
	"bytes"
	"encoding/binary"

	"golang.org/x/sys/unix"
)

func renameNoReplace(fromDir int, from string, toDir int, to string) error {
	return unix.Renameat2(fromDir, from, toDir, to, unix.RENAME_NOREPLACE)
}

func exchange(dir int, a, b string) error {
	return unix.Renameat2(dir, a, dir, b, unix.RENAME_EXCHANGE)
}

const noAccessTime = unix.O_NOATIME

// CreateUnnamed fails on filesystems without O_TMPFILE, as NFS. O_EXCL means that
// not even whoever inherits the descriptor can give the file a name.
func (d *osDir) CreateUnnamed() (int, error) {
	return open(d.fd, ".", unix.O_RDWR|unix.O_TMPFILE|unix.O_EXCL)
}

func fsync(fd int) error { return unix.Fsync(fd) }

// startSync only begins what Sync waits for, so that the disk works on a whole
// group at once; its failure is Sync's to report.
func startSync(fd int) { _ = unix.SyncFileRange(fd, 0, 0, unix.SYNC_FILE_RANGE_WRITE) }

// Reserve has the kernel make the table of open files as large as it will be. By
// itself it doubles that when it is full, and waits each time until all processors
// have seen it (expand_fdtable, where a process has threads): ten to forty
// milliseconds, six times for 8,000 files.
//
// The descriptor that is copied is nobody else's: d's own may be closed by then, and
// its number a lock file's, whose locks go with any descriptor of it. Failing costs
// time alone.
func (d *osDir) Reserve(files int) {
	own, err := unix.FcntlInt(uintptr(d.fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return
	}
	go func() {
		if last, err := unix.FcntlInt(uintptr(own), unix.F_DUPFD_CLOEXEC, files-1); err == nil {
			unix.Close(last)
		}
		unix.Close(own)
	}()
}

// SyncFS needs a kernel and a filesystem on which success means that all content
// is on the disk: elsewhere a failure would pass for durable mail. Of names it is
// not believed: on many kernels syncfs(2) succeeds after a journal was given up,
// and only what follows, a rename or an fsync(2), fails.
func (d *osDir) SyncFS() func() error {
	if d.syncable == unknown {
		d.syncable = unable
		if syncfsTellsErrors() && !d.remote() {
			d.syncable = able
		}
	}
	if d.syncable == unable {
		return nil
	}
	return inBackground(func() error { return again(func() error { return unix.Syncfs(d.fd) }) })
}

// isLocal says whether a directory is on one of the common filesystems of disks and
// memory. They belong to this machine alone, and their syncfs(2) waits for content
// and tells of each failure to write it. Not all do: for FUSE the kernel asks nothing
// of the server, an overlay does not see the errors of the filesystem below.
func isLocal(fd int) bool {
	var st unix.Statfs_t
	if err := again(func() error { return unix.Fstatfs(fd, &st) }); err != nil {
		return false
	}
	switch int64(st.Type) {
	case unix.EXT4_SUPER_MAGIC, // of ext2 and ext3, too
		unix.XFS_SUPER_MAGIC, unix.BTRFS_SUPER_MAGIC, unix.F2FS_SUPER_MAGIC,
		unix.TMPFS_MAGIC: // where nothing is durable anyway
		return true
	}
	return false
}

// refresh has a network filesystem ask its server about a directory. An NFS client
// believes what it knows of the names in one, those that are missing among it, for
// as long as it believes the directory's times: up to a minute (nfs(5), acdirmax).
func refresh(fd int) error {
	var st unix.Statx_t
	err := again(func() error {
		return unix.Statx(fd, "", unix.AT_EMPTY_PATH|unix.AT_STATX_FORCE_SYNC, unix.STATX_BASIC_STATS, &st)
	})
	if Unsupported(err) {
		return nil // before Linux 4.11
	}
	return err
}

// Relinks is true of btrfs: see Dir.syncRelinked.
func (d *osDir) Relinks() bool {
	if d.relinks == unknown {
		d.relinks = unable
		var st unix.Statfs_t
		if again(func() error { return unix.Fstatfs(d.fd, &st) }) == nil && int64(st.Type) == unix.BTRFS_SUPER_MAGIC {
			d.relinks = able
		}
	}
	return d.relinks == able
}

// syncfsTellsErrors says whether syncfs(2) reports failures to write content: since
// Linux 5.8.
func syncfsTellsErrors() bool {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return false
	}
	var version [2]int
	part := 0
	for _, c := range u.Release {
		switch {
		case '0' <= c && c <= '9':
			version[part] = version[part]*10 + int(c-'0')
		case c == '.' && part == 0:
			part = 1
		default:
			return version[0] > 5 || version[0] == 5 && version[1] >= 8
		}
	}
	return false
}

// use has nothing to do: a lease tells who has a file open.
func use(fd int) {}

// unused asks for a write lease, which the kernel grants only on a file that
// nobody else has open. It is given back by closing the file.
func unused(fd int) bool {
	_, err := unix.FcntlInt(uintptr(fd), unix.F_SETLEASE, unix.F_WRLCK)
	return err == nil
}

// Offsets in the kernel's struct linux_dirent64: getdents64(2).
const (
	direntLength = 16
	direntType   = 18
	direntName   = 19
)

// firstNames is how many bytes of names are read at first.
const firstNames = 4 << 10

// Read parses what getdents64 gives in place: for a million names this takes a
// quarter of what os.ReadDir does, which makes a string and a stat of each.
func (d *osDir) Read(fn func(name []byte, regular bool) error) error {
	if _, err := unix.Seek(d.fd, 0, 0); err != nil {
		return err
	}
	if d.buffer == nil {
		d.buffer = make([]byte, 64<<10)
	}
	// Who stops at the first names waits for few of them.
	for buffer := d.buffer[:firstNames]; ; buffer = d.buffer {
		var n int
		err := again(func() (err error) { n, err = unix.Getdents(d.fd, buffer); return err })
		if err != nil || n == 0 {
			return err
		}
		for rest := buffer[:n]; len(rest) > 0; {
			length := int(binary.NativeEndian.Uint16(rest[direntLength:]))
			record := rest[:length]
			rest = rest[length:]
			if binary.NativeEndian.Uint64(record) == 0 {
				continue // a deleted name on some filesystems
			}
			name := record[direntName:]
			name = name[:bytes.IndexByte(name, 0)]
			if string(name) == "." || string(name) == ".." {
				continue
			}
			regular := record[direntType] == unix.DT_REG
			if record[direntType] == unix.DT_UNKNOWN {
				s, err := d.Lstat(string(name))
				regular = err == nil && s.Regular()
			}
			if err := fn(name, regular); err != nil {
				return err
			}
		}
	}
}

// rootsLink is where a link leads that root made. The link itself is opened: what is
// asked for its owner is what is read.
func rootsLink(dir int, name string) (target string, err error) {
	fd, err := open(dir, name, unix.O_PATH|unix.O_NOFOLLOW)
	if err != nil {
		return "", err
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := again(func() error { return unix.Fstat(fd, &st) }); err != nil {
		return "", err
	}
	switch {
	case st.Mode&unix.S_IFMT != unix.S_IFLNK:
		return "", unix.ENOTDIR
	case st.Uid != 0:
		return "", ErrPlanted
	}
	buffer := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(fd, "", buffer)
	if err != nil {
		return "", err
	}
	return string(buffer[:n]), nil
}
