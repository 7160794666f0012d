package disk

import "golang.org/x/sys/unix"

// Reserve makes the kernel grow the table of open files to its final size. By itself the
// kernel doubles the table each time it is full. In a process with threads, each doubling
// waits until all processors have seen the new table (expand_fdtable). That takes ten to
// forty milliseconds, six times for 8,000 files.
//
// The goroutine copies a descriptor of its own. By then d's descriptor may be closed and
// its number given to a lock file. Closing a copy of that would release the file's locks.
// A failure costs only time.
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
