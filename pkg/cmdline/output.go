package cmdline

import (
	"errors"
	"fmt"
	"os"

	"github.com/mattn/go-isatty"
)

// Println prints a record: a line, or with -0 what a NUL ends.
func (c *Context) Println(record string) error {
	end := byte('\n')
	if c.Bool("null") {
		end = 0
	}
	c.Out.WriteString(record)
	return c.output(c.Out.WriteByte(end))
}

// Now writes out what was printed, so that a reader has it.
func (c *Context) Now() error { return c.output(c.Out.Flush()) }

func (c *Context) output(err error) error {
	if err == nil {
		return nil
	}
	// What could not be written stays in the buffer: it must not come out when
	// the command ends, as it is not true any more.
	c.Out.Reset(c.stdout)
	return outputError{err}
}

// Terminal says whether standard output is one.
func (c *Context) Terminal() bool { return isatty.IsTerminal(c.stdout.Fd()) }

// Colour says whether colours are wanted: on a terminal, unless NO_COLOR is set.
func (c *Context) Colour() bool {
	return c.Terminal() && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// trace is the line that -v shows of a change of state.
func (c *Context) trace(from, to string) {
	c.progress.clear()
	switch {
	case from == "":
		fmt.Fprintf(os.Stderr, "%s: stored %s\n", c.Name, Printable(to))
	case to == "":
		fmt.Fprintf(os.Stderr, "%s: removed %s\n", c.Name, Printable(from))
	default:
		fmt.Fprintf(os.Stderr, "%s: %s -> %s\n", c.Name, Printable(from), Printable(to))
	}
}

// IsOutput says whether an error is one of standard output, after which nothing
// more can be printed.
func IsOutput(err error) bool {
	var out outputError
	return errors.As(err, &out)
}
