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
	end := byte('\n')
	if c.Bool("null") {
		end = 0
	}
	scan := bufio.NewScanner(Idle(os.Stdin, idle))
	scan.Buffer(make([]byte, 32<<10), maxRecord)
	scan.Split(func(data []byte, last bool) (int, []byte, error) {
		if i := bytes.IndexByte(data, end); i >= 0 {
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

// Idle is a reader of f that calls idle before a read that would wait.
func Idle(f *os.File, idle func()) io.Reader { return &idleReader{f, idle} }

type idleReader struct {
	file *os.File
	idle func()
}

func (r *idleReader) Read(p []byte) (int, error) {
	fds := []unix.PollFd{{Fd: int32(r.file.Fd()), Events: unix.POLLIN}}
	if n, err := unix.Poll(fds, 0); n == 0 || err != nil {
		r.idle()
	}
	return r.file.Read(p)
}
