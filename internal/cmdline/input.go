package cmdline

import (
	"io"

	"golang.org/x/sys/unix"
)

// stdin returns r as a reader that calls idle before a read that would wait. If r is not
// a file, any read might wait, so idle is called before each.
func stdin(r io.Reader, idle func()) io.Reader {
	if f := file(r); f != nil {
		return newInput(int(f.Fd()), idle)
	}
	if resumed, ok := r.(resumed); ok {
		return io.MultiReader(newInput(resumed.read, idle), stdin(resumed.rest, idle))
	}
	return reader{r, idle}
}

// resumed is standard input of which the program that handed the command over has read
// something. The descriptor read has that.
type resumed struct {
	read int
	rest io.Reader
}

func (r resumed) Read(p []byte) (int, error) { return stdin(r, func() {}).Read(p) }

// keeper keeps what was read, until stop.
type keeper struct {
	io.Reader
	keeps bool
	read  []byte
}

// mostKept limits what is kept. That much fits if the first record is not too long.
const mostKept = 4 * maxRecord

func (k *keeper) Read(p []byte) (int, error) {
	n, err := k.Reader.Read(p)
	if k.keeps {
		k.read = append(k.read, p[:n]...)
		if len(k.read) > mostKept {
			k.stop()
		}
	}
	return n, err
}

// stop returns what was read, and nil if it was not kept.
func (k *keeper) stop() []byte {
	read := k.read
	k.keeps, k.read = false, nil
	return read
}

// reader reads what is not a file.
type reader struct {
	r    io.Reader
	idle func()
}

func (r reader) Read(p []byte) (int, error) {
	r.idle()
	return r.r.Read(p)
}

// OpenInput opens a file that an operand names. It calls idle before a read that would
// wait, and before it opens a FIFO, which waits, too. It does not use package os, which
// makes five more system calls per file.
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
		idle = nil // reading a regular file does not wait
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
