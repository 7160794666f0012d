package cmdline

import (
	"cmp"
	"errors"
	"io"
	"os"

	"github.com/mattn/go-isatty"
	"golang.org/x/sys/unix"
)

// Println prints a record and a newline, or a NUL if -0 was given.
func (c *Context) Println(record string) error { return c.PrintParts(record) }

// PrintParts is [Context.Println] for a record in parts, which are not copied together.
func (c *Context) PrintParts(record ...string) error {
	for _, part := range record {
		c.Out.WriteString(part)
	}
	return c.endRecord()
}

// Print prints text as it is.
func (c *Context) Print(text []byte) error {
	_, err := c.Out.Write(text)
	return c.output(err)
}

func (c *Context) endRecord() error { return c.output(c.Out.WriteByte(c.end)) }

// Flush writes the printed records to standard output.
func (c *Context) Flush() error { return c.output(c.Out.Flush()) }

// counter is standard output, and counts the bytes that were written to it.
type counter struct {
	w io.Writer
	n int
	// console is standard error, which may be the same terminal.
	console *console
}

func (c *counter) Write(p []byte) (int, error) {
	defer c.console.hold()()
	n, err := c.w.Write(p)
	c.n += n
	return n, err
}

// Written returns how many bytes have been printed.
func (c *Context) Written() int { return c.counter.n + c.Out.Buffered() }

// Delivered returns how many of the printed bytes standard output has taken.
func (c *Context) Delivered() int { return c.counter.n }

func (c *Context) output(err error) error {
	if err == nil {
		return nil
	}
	// Bytes that could not be written stay in the buffer and would be written when the
	// command ends. Discard them, because they may not be true any more then.
	c.Out.Reset(&c.counter)
	return outputError{err}
}

// CheckOutput fails if standard output was closed when the command was started. Go's
// runtime then opens the null device in its place, and printed paths would be lost. It
// opens the device for reading and writing, while a shell opens >/dev/null only for
// writing.
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

// Terminal reports whether standard output is a terminal.
func (c *Context) Terminal() bool {
	f := file(c.process.Stdout)
	return f != nil && isatty.IsTerminal(f.Fd())
}

// TerminalWidth returns the width of the terminal that standard output is, or 0 if it
// is not a terminal.
func (c *Context) TerminalWidth() int {
	width, _ := c.TerminalSize()
	return width
}

// TerminalSize returns the width and the height of the terminal that standard output is, or
// 0 if it is not a terminal.
func (c *Context) TerminalSize() (width, height int) {
	if !c.Terminal() {
		return 0, 0
	}
	width, height = terminalWidth, terminalHeight // a serial line doesn't know
	if size, err := unix.IoctlGetWinsize(int(file(c.process.Stdout).Fd()), unix.TIOCGWINSZ); err == nil {
		width, height = cmp.Or(int(size.Col), width), cmp.Or(int(size.Row), height)
	}
	return width, height
}

// Colour reports whether to print colours: on a terminal, unless NO_COLOR is set.
func (c *Context) Colour() bool {
	return c.Terminal() && c.Getenv("NO_COLOR") == "" && c.Getenv("TERM") != "dumb"
}

// IsOutput reports whether an error is a failure of standard output. Nothing more can be
// printed then.
func IsOutput(err error) bool {
	_, ok := errors.AsType[outputError](err)
	return ok
}
