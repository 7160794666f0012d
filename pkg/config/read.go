package config

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// readFile reads a file to its end.
func readFile(path string) ([]byte, error) {
	f, err := open(path, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	return text, cause(err)
}

// open opens a file for reading. os.Open would start the Go runtime's poller, which delays
// the start of every command and, if too many files are open, ends the program instead of
// returning an error. A descriptor that is opened here needs no poller.
func open(path string, flags int) (*os.File, error) {
	flags |= syscall.O_RDONLY | syscall.O_CLOEXEC
	fd, err := syscall.Open(path, flags, 0)
	for err == syscall.EINTR {
		fd, err = syscall.Open(path, flags, 0)
	}
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), path), nil
}

// cause returns an error without the path: the caller names the file.
func cause(err error) error {
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		return at.Err
	}
	return err
}
