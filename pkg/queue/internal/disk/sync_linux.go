package disk

import "golang.org/x/sys/unix"

// writeBack starts to write a file without waiting, so the disk can work on a whole group
// at once. Sync waits, and reports a failure.
func writeBack(fd int) { _ = unix.SyncFileRange(fd, 0, 0, unix.SYNC_FILE_RANGE_WRITE) }

// SyncFS needs a kernel and a filesystem on which success means that all content is
// on the disk. Elsewhere a failure would look like durable mail. Callers must not rely
// on it for names: on many kernels syncfs(2) succeeds after the journal was aborted,
// and only a later rename or fsync(2) fails.
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

// syncfsTellsErrors says whether syncfs(2) reports failures to write content, which it
// does since Linux 5.8.
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
