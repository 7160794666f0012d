package cmdline

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// Operands calls do for each operand, with those that standard input lists in
// the place of "-". idle is called before a read that may wait for somebody:
// what was done so far must not wait with it.
func (c *Context) Operands(operands []string, idle func(), do func(string)) error {
	for _, operand := range operands {
		if operand != "-" {
			do(operand)
			continue
		}
		if err := c.records(idle, do); err != nil {
			return err
		}
	}
	return nil
}

// maxRecord is more than any path.
const maxRecord = 64 << 10

func (c *Context) records(idle func(), do func(string)) error {
	scan := bufio.NewScanner(Stdin(idle))
	scan.Buffer(make([]byte, 32<<10), maxRecord)
	scan.Split(func(data []byte, last bool) (int, []byte, error) {
		if i := bytes.IndexByte(data, c.end); i >= 0 {
			return i + 1, data[:i], nil
		}
		if last && len(data) > 0 {
			return len(data), data, nil
		}
		return 0, nil, nil
	})
	for scan.Scan() {
		if len(scan.Bytes()) > 0 {
			do(scan.Text())
		}
	}
	if err := scan.Err(); errors.Is(err, bufio.ErrTooLong) {
		return Usagef("standard input: a line of more than %d bytes is no path", maxRecord)
	} else if err != nil {
		return &os.PathError{Op: "read", Path: "standard input", Err: err}
	}
	return nil
}

// Stdin is standard input as a reader that calls idle before a read that
// would wait.
func Stdin(idle func()) io.Reader { return newInput(int(os.Stdin.Fd()), idle) }

// OpenInput opens a file that an operand names, likewise: opening a FIFO waits, too.
// It does without package os, which asks the system five things more of each file.
func OpenInput(path string, idle func()) (io.ReadCloser, error) {
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err == nil && st.Mode&unix.S_IFMT == unix.S_IFIFO {
		idle()
	}
	for {
		fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return nil, err
		}
		return newInput(fd, idle), nil
	}
}

// input reads a descriptor.
type input struct {
	fd   int
	idle func()
}

func newInput(fd int, idle func()) *input {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err == nil && st.Mode&unix.S_IFMT == unix.S_IFREG {
		idle = nil // a regular file keeps nobody waiting
	}
	return &input{fd, idle}
}

func (in *input) Read(p []byte) (int, error) {
	if in.idle != nil {
		fds := []unix.PollFd{{Fd: int32(in.fd), Events: unix.POLLIN}}
		if n, err := unix.Poll(fds, 0); n == 0 || err != nil {
			in.idle()
		}
	}
	for {
		n, err := unix.Read(in.fd, p)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return 0, err
		case n == 0 && len(p) > 0:
			return 0, io.EOF
		}
		return n, nil
	}
}

func (in *input) Close() error { return unix.Close(in.fd) }
