package config

import (
	"io"
	"syscall"
)

// descriptor reads a file without package os. That starts the Go runtime's poller
// with the first file, which costs every start, and ends the program, instead of
// failing, where too many files are open.
type descriptor int

// Read implements io.Reader.
func (d descriptor) Read(p []byte) (int, error) {
	for {
		n, err := syscall.Read(int(d), p)
		switch {
		case err == syscall.EINTR:
			continue
		case err != nil:
			return 0, err
		case n == 0 && len(p) > 0:
			return 0, io.EOF
		}
		return n, nil
	}
}

// readFile reads a file to its end.
func readFile(path string) ([]byte, error) {
	for {
		fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
		switch {
		case err == syscall.EINTR:
			continue
		case err != nil:
			return nil, err
		}
		defer syscall.Close(fd)
		return io.ReadAll(descriptor(fd))
	}
}
