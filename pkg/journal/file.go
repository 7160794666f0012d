package journal

import (
	"errors"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// file is a log file. It makes its own system calls: package os would start the runtime's
// poller, which ends the program if it finds too many open files.
type file struct {
	path string
	// fd is -1 while the file is not open.
	fd   int
	open unix.Stat_t
	// torn means that the last write left a part of a line.
	torn bool
}

var (
	errNotRegular = errors.New("is not a regular file")
	errLink       = errors.New("is a symbolic link; name the file itself")
	errLinked     = errors.New("has another name (a hard link)")
	errPublic     = errors.New("is in a directory that everybody may write to")
)

// write appends a line with one system call.
func (f *file) write(line []byte) error {
	if f.fd >= 0 && f.replaced() {
		f.Close()
	}
	if f.fd < 0 {
		if err := f.reopen(); err != nil {
			return err
		}
	}
	if f.torn {
		line = append([]byte{'\n'}, line...)
	}
	line = append(line, '\n')
	n, err := f.append(line)
	if err == nil && n < len(line) {
		// The disk is full, and the next write says so.
		_, err = f.append(line[n:])
	}
	f.torn = err != nil && (f.torn || n > 0)
	return err
}

func (f *file) append(b []byte) (n int, err error) {
	err = again(func() (err error) {
		n, err = unix.Write(f.fd, b)
		return err
	})
	return n, err
}

// replaced reports whether the path leads to another file now, or to none: logrotate has
// renamed the file. It is asked before each line, because a line in a file that logrotate
// has compressed and removed is lost.
func (f *file) replaced() bool {
	var now unix.Stat_t
	err := again(func() error { return unix.Lstat(f.path, &now) })
	return err != nil || now.Dev != f.open.Dev || now.Ino != f.open.Ino
}

// reopen opens the file, or makes it.
func (f *file) reopen() error {
	var dir unix.Stat_t
	if err := again(func() error { return unix.Stat(filepath.Dir(f.path), &dir) }); err != nil {
		return err
	}
	if dir.Mode&unix.S_IWOTH != 0 {
		return errPublic
	}
	// A FIFO without a reader makes a blocking open wait.
	flags := unix.O_RDWR | unix.O_APPEND | unix.O_NOFOLLOW | unix.O_NONBLOCK | unix.O_CLOEXEC
	fd, made, err := openOrMake(f.path, flags)
	if err == unix.EACCES {
		// Whoever may only write may log, too.
		fd, made, err = openOrMake(f.path, flags&^unix.O_RDWR|unix.O_WRONLY)
	}
	switch err {
	case nil:
	case unix.ELOOP, unix.EMLINK:
		return errLink
	case unix.ENXIO:
		return errNotRegular
	default:
		return err
	}
	if err := f.check(fd); err != nil {
		unix.Close(fd)
		return err
	}
	if made && os.Geteuid() == 0 {
		// Those who own the directory read the log, and write it when they are not root.
		unix.Fchown(fd, int(dir.Uid), int(dir.Gid))
	}
	f.fd, f.torn = fd, endsTorn(fd)
	if f.torn {
		// Others may see a part of a line while it is being written.
		time.Sleep(10 * time.Millisecond)
		f.torn = endsTorn(fd)
	}
	return nil
}

// openOrMake opens a file, or makes it. Another process may make it in between, and logrotate
// may rename that file at once, so a few attempts are made.
func openOrMake(path string, flags int) (fd int, made bool, err error) {
	for range 10 {
		if fd, err = openFile(path, flags); err != unix.ENOENT {
			return fd, false, err
		}
		if fd, err = openFile(path, flags|unix.O_CREAT|unix.O_EXCL); err != unix.EEXIST {
			return fd, err == nil, err
		}
	}
	return fd, false, err
}

// endsTorn reports whether a file ends within a line: the disk was full when another process
// wrote it. It cannot tell if the file may not be read.
func endsTorn(fd int) bool {
	var now unix.Stat_t
	if err := unix.Fstat(fd, &now); err != nil || now.Size == 0 {
		return false
	}
	var last [1]byte
	n, err := unix.Pread(fd, last[:], now.Size-1)
	return err == nil && n == 1 && last[0] != '\n'
}

// check checks the open file, and notes which one it is.
func (f *file) check(fd int) error {
	if err := again(func() error { return unix.Fstat(fd, &f.open) }); err != nil {
		return err
	}
	switch {
	case f.open.Mode&unix.S_IFMT != unix.S_IFREG:
		return errNotRegular
	case f.open.Nlink > 1:
		return errLinked
	}
	return nil
}

// Close implements [io.Closer].
func (f *file) Close() error {
	if f.fd < 0 {
		return nil
	}
	fd := f.fd
	f.fd = -1
	return unix.Close(fd)
}

func openFile(path string, flags int) (fd int, err error) {
	err = again(func() (err error) {
		fd, err = unix.Open(path, flags, 0o640)
		return err
	})
	return fd, err
}

// again repeats a system call that a signal interrupted.
func again(call func() error) error {
	for {
		if err := call(); err != unix.EINTR {
			return err
		}
	}
}
