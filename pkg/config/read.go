package config

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// readFile reads a file to its end. os.ReadFile would start the Go runtime's
// poller, which delays the start of every command and, if too many files are open,
// ends the program instead of returning an error. A descriptor that is opened
// here needs no poller.
func readFile(path string) ([]byte, error) {
	fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	for err == syscall.EINTR {
		fd, err = syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	}
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), path)
	defer f.Close()
	text, err := io.ReadAll(f)
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		err = at.Err // the caller names the file
	}
	return text, err
}
