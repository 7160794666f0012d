package cmdline

import (
	"errors"
	"io"
	"os"

	"github.com/mattn/go-isatty"
	"golang.org/x/sys/unix"
)

// Println prints a record: a line, or with -0 what a NUL ends.
func (c *Context) Println(record string) error {
	c.Out.WriteString(record)
	return c.endRecord()
}

func (c *Context) endRecord() error { return c.output(c.Out.WriteByte(c.end)) }

// Now writes out what was printed, so that a reader has it.
func (c *Context) Now() error { return c.output(c.Out.Flush()) }

// counter is standard output, counting what it took.
type counter struct {
	w io.Writer
	n int
	// console may be the same terminal.
	console *console
}

func (c *counter) Write(p []byte) (int, error) {
	defer c.console.hold()()
	n, err := c.w.Write(p)
	c.n += n
	return n, err
}

// Written is how many bytes have been printed.
func (c *Context) Written() int { return c.counter.n + c.Out.Buffered() }

// Delivered is how many of the bytes printed standard output has taken.
func (c *Context) Delivered() int { return c.counter.n }

func (c *Context) output(err error) error {
	if err == nil {
		return nil
	}
	// What could not be written stays in the buffer: it must not come out when
	// the command ends, as it is not true any more.
	c.Out.Reset(&c.counter)
	return outputError{err}
}

// CheckOutput fails when standard output was closed before the command began.
// Go's runtime opens the null device for reading and writing in its place, into
// which paths would vanish; a shell's >/dev/null is for writing only.
func (c *Context) CheckOutput() error {
	f := file(c.process.Stdout)
	if f == nil {
		return nil
	}
	out, err := f.Stat()
	if err != nil {
		return outputError{err}
	}
	null, err := os.Stat(os.DevNull)
	if err != nil || !os.SameFile(out, null) {
		return nil
	}
	flags, err := unix.FcntlInt(f.Fd(), unix.F_GETFL, 0)
	if err == nil && flags&unix.O_ACCMODE == unix.O_RDWR {
		return outputError{errors.New("is closed (or is the null device, open for reading and writing)")}
	}
	return nil
}

// Terminal says whether standard output is one.
func (c *Context) Terminal() bool {
	f := file(c.process.Stdout)
	return f != nil && isatty.IsTerminal(f.Fd())
}

// TerminalWidth returns how many columns the terminal has that standard output
// is, or 0 if it is none.
func (c *Context) TerminalWidth() int {
	if !c.Terminal() {
		return 0
	}
	size, err := unix.IoctlGetWinsize(int(file(c.process.Stdout).Fd()), unix.TIOCGWINSZ)
	if err != nil || size.Col == 0 {
		return terminalWidth // a serial line doesn't know
	}
	return int(size.Col)
}

// Colour says whether colours are wanted: on a terminal, unless NO_COLOR is set.
func (c *Context) Colour() bool {
	return c.Terminal() && c.Getenv("NO_COLOR") == "" && c.Getenv("TERM") != "dumb"
}

// IsOutput says whether an error is one of standard output, after which nothing
// more can be printed.
func IsOutput(err error) bool {
	var out outputError
	return errors.As(err, &out)
}
