package cmdline

import (
	"bufio"
	"errors"
	"io"
	"strings"

	"switchboard/pkg/queue"
	"switchboard/pkg/syslog"
)

// Context is a command while it runs.
type Context struct {
	// Queues are the queues and entries that operands name.
	*Queues
	// Name is what the program was called as: a prefix may have been installed.
	Name string
	// Args are the operands.
	Args []string
	// Out is standard output, which carries data only. It is flushed, and
	// that checked, when the command ends.
	Out *bufio.Writer

	process Process
	command Command
	console *console
	counter counter
	// end is what ends a record that is printed.
	end     byte
	status  int
	mapping func(error) int
	// noticed and hinted are what was said already and is not said again.
	noticed map[string]bool
	hinted  map[string]bool
}

func newContext(c Command, p Process) *Context {
	console := newConsole(p.Stderr)
	ctx := &Context{
		Name: calledAs(p.Args), process: p, command: c, console: console, counter: counter{w: p.Stdout, console: console},
		end: '\n', mapping: Status, noticed: map[string]bool{}, hinted: map[string]bool{},
	}
	ctx.Out = bufio.NewWriterSize(&ctx.counter, 32<<10)
	ctx.Queues = newQueues(c.Shared, p.Getenv("SWITCHBOARD_CONFIG"))
	ctx.Queues.takesEntries = strings.Contains(c.Synopsis, "ENTRY")
	ctx.Queues.notice, ctx.Queues.trace = ctx.Notice, ctx.trace
	return ctx
}

// Getenv returns the value of an environment variable, or "".
func (c *Context) Getenv(name string) string { return c.process.Getenv(name) }

// Environ returns the environment.
func (c *Context) Environ() []string { return c.process.Env }

// Stdin returns standard input as a reader that calls idle before a read that
// would wait.
func (c *Context) Stdin(idle func()) io.Reader { return stdin(c.process.Stdin, idle) }

// Warn tells a person of something that does not fail the command.
func (c *Context) Warn(err error) {
	for _, one := range split(err) {
		c.say(syslog.Error, Printable(text(one)))
		if e, ok := errors.AsType[*queue.Error](one); ok && e.Remedy != "" && !c.hinted[e.Remedy] {
			// Of a thousand entries that fail alike, one needs the hint.
			c.hinted[e.Remedy] = true
			c.say(syslog.Error, "hint: "+Printable(withPrefix(e.Remedy, c.command.Name, c.Name)))
		}
	}
}

// Note tells a person of something that is not an error.
func (c *Context) Note(line string) { c.say(syslog.Info, Printable(line)) }

// Notice is Warn, once for each thing: a command that waits meets it again and again.
func (c *Context) Notice(err error) {
	if text := err.Error(); !c.noticed[text] {
		c.noticed[text] = true
		c.Warn(err)
	}
}

// trace is the line that -v shows of a change of state.
func (c *Context) trace(from, to string) {
	switch {
	case from == "":
		c.Note("stored " + to)
	case to == "":
		c.Note("removed " + from)
	default:
		c.Note(from + " -> " + to)
	}
}

func (c *Context) say(severity syslog.Severity, line string) {
	c.console.say(severity, c.Name, line)
}
