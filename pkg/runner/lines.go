package runner

import (
	"bufio"
	"io"
	"os"
	"time"
)

// lines puts a prefix before each line that comes through a pipe. A nil lines
// does nothing.
type lines struct {
	r, w   *os.File
	prefix string
	out    io.Writer
	ended  chan struct{}
}

func newLines(prefix string, out io.Writer) (*lines, error) {
	r, w, err := os.Pipe()
	return &lines{r: r, w: w, prefix: prefix + ": ", out: out, ended: make(chan struct{})}, err
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

// longestLine is what is shown as one line; a longer one is broken.
const longestLine = 8 << 10

// start begins to copy. Each line is one write, so that those of several
// commands do not mix.
func (l *lines) start() {
	if l == nil {
		return
	}
	go func() {
		defer close(l.ended)
		defer l.r.Close()
		in := bufio.NewReaderSize(l.r, longestLine)
		for {
			line, err := in.ReadSlice('\n')
			if len(line) > 0 {
				out := append(append(make([]byte, 0, len(l.prefix)+len(line)+1), l.prefix...), line...)
				if out[len(out)-1] != '\n' {
					out = append(out, '\n')
				}
				l.out.Write(out)
			}
			if err != nil && err != bufio.ErrBufferFull {
				return
			}
		}
	}()
}

// wait waits until the pipe has been read to its end, but not for ever: what
// the command left behind may write on, and that is copied for as long as the
// runner runs.
func (l *lines) wait(enough time.Time) {
	if l == nil {
		return
	}
	select {
	case <-l.ended:
	case <-time.After(time.Until(enough)):
	}
}
