package disk

import "golang.org/x/sys/unix"

// isLocal says whether a directory is on one of the common filesystems of disks and
// memory. Only this machine uses them, and their syncfs(2) waits for content and
// reports each failure to write it. Others do not: for FUSE the kernel does not ask the
// server, and an overlay does not see the errors of the filesystem below.
func isLocal(fd int) bool {
	var st unix.Statfs_t
	if err := again(func() error { return unix.Fstatfs(fd, &st) }); err != nil {
		return false
	}
	switch int64(st.Type) {
	case unix.EXT4_SUPER_MAGIC, // also of ext2 and ext3
		unix.XFS_SUPER_MAGIC, unix.BTRFS_SUPER_MAGIC, unix.F2FS_SUPER_MAGIC,
		unix.TMPFS_MAGIC: // never durable
		return true
	}
	return false
}

// refresh makes a network filesystem ask its server about a directory. An NFS client
// caches which names exist and which do not, for as long as it caches the directory's
// times: up to a minute (nfs(5), acdirmax).
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

// Relinks is true on btrfs. The log of a directory that was synced has only the new
// name, so the old one is still there after a power cut. If the file was synced after
// its rename, the log has the file's names, and the old one is removed.
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
