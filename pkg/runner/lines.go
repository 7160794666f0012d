package runner

import (
	"bytes"
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// lines copies lines from a pipe and puts a prefix before each. A nil *lines does nothing.
type lines struct {
	// r and w are the ends of the pipe. The command writes to w.
	r, w   *os.File
	prefix string
	// out gets the lines.
	out *os.File
	// terminal means that another process group may have the terminal's foreground.
	terminal bool
	// begun is the beginning of a line whose end has not been read.
	begun []byte
	// ended is closed when everything that the command wrote has been copied.
	ended chan struct{}
}

func newLines(prefix string, out *os.File, terminal bool) (*lines, error) {
	r, w, err := os.Pipe()
	return &lines{r: r, w: w, prefix: prefix + ": ", out: out, terminal: terminal, ended: make(chan struct{})}, err
}

func (l *lines) reader() *os.File {
	if l == nil {
		return nil
	}
	return l.r
}

func (l *lines) writer() *os.File {
	if l == nil {
		return nil
	}
	return l.w
}

// start begins to copy.
func (l *lines) start() {
	if l == nil {
		return
	}
	go func() {
		defer l.r.Close()
		err := l.copy()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			l.drain()
		}
		l.end()
		close(l.ended)
		if err := l.r.SetReadDeadline(time.Time{}); err == nil {
			l.copy()
			l.end()
		}
	}()
}

// wait waits until everything that the command wrote is copied. It does not wait for
// processes that the command left behind: they may hold the pipe open and never end. What
// they write is copied for as long as the runner runs.
func (l *lines) wait() {
	if l == nil {
		return
	}
	l.r.SetReadDeadline(time.Unix(1, 0))
	<-l.ended
}

// copy copies lines until there is an error.
func (l *lines) copy() error {
	chunk := make([]byte, longestLine)
	for {
		n, err := l.r.Read(chunk)
		l.take(chunk[:n])
		if err != nil {
			return err
		}
	}
}

// mostInPipe is more than a pipe holds, which is 64 KiB on Linux unless somebody has made
// it larger.
const mostInPipe = 1 << 20

// drain copies what is in the pipe now.
func (l *lines) drain() {
	l.r.SetReadDeadline(time.Time{})
	raw, err := l.r.SyscallConn()
	if err != nil {
		return
	}
	chunk := make([]byte, longestLine)
	for left := mostInPipe; left > 0; {
		n := 0
		raw.Read(func(fd uintptr) bool {
			n, err = unix.Read(int(fd), chunk)
			return true // do not wait if there is nothing to read
		})
		if err != nil || n == 0 {
			return
		}
		l.take(chunk[:n])
		left -= n
	}
}

// longestLine is the length of the longest line, in bytes. Longer ones are broken.
const longestLine = 8 << 10

// take adds what was read to the line that has begun, and shows all complete lines.
func (l *lines) take(read []byte) {
	l.begun = append(l.begun, read...)
	for {
		end := bytes.IndexByte(l.begun, '\n') + 1
		if end == 0 && len(l.begun) >= longestLine {
			end = longestLine
		}
		if end == 0 {
			return
		}
		l.show(l.begun[:end])
		l.begun = l.begun[end:]
	}
}

// end shows the text after the last newline.
func (l *lines) end() {
	if len(l.begun) > 0 {
		l.show(l.begun)
		l.begun = nil
	}
}

// show writes a line in one call, so that the lines of several commands do not mix.
func (l *lines) show(line []byte) {
	out := append(append(make([]byte, 0, len(l.prefix)+len(line)+1), l.prefix...), line...)
	if out[len(out)-1] != '\n' {
		out = append(out, '\n')
	}
	if l.terminal {
		defer inBackground()()
	}
	l.out.Write(out)
}
