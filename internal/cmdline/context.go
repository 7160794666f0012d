package cmdline

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"sync"

	"switchboard/pkg/journal"
	"switchboard/pkg/queue"
	"switchboard/pkg/syslog"
)

// Context is a command while it runs.
type Context struct {
	// Queues are the queues and entries that operands name.
	*Queues
	// Name is the name that the program was called by: it may have been installed with a
	// prefix.
	Name string
	// Args are the operands.
	Args []string
	// Out is standard output, which carries only data. It is flushed when the command
	// ends, and a failure is reported.
	Out *bufio.Writer

	process Process
	command Command
	console *console
	counter counter
	// end is the byte that ends a printed record.
	end     byte
	status  int
	mapping func(error) int
	// kind is that of the operands, as oneKind returns it.
	kind string
	// mu guards the rest: lines come from several goroutines.
	mu sync.Mutex
	// noticed and hinted have the notices and hints that were printed, and are not
	// printed again.
	noticed map[string]bool
	hinted  map[string]bool
	// changes counts the changes that -v has shown.
	changes int
	// journal is the log of changes, nil until there is one to log.
	journal *journal.Journal
}

func newContext(c Command, p Process) *Context {
	console := newConsole(p.Stderr)
	ctx := &Context{
		Name: calledAs(p.Args), process: p, command: c, console: console, counter: counter{w: p.Stdout, console: console},
		end: '\n', mapping: Status, noticed: map[string]bool{}, hinted: map[string]bool{},
	}
	ctx.Out = bufio.NewWriterSize(&ctx.counter, 32<<10)
	ctx.Queues = newQueues(c.Shared, p.Getenv("SWITCHBOARD_CONFIG"))
	ctx.Queues.kinds.known, ctx.Queues.kinds.context = p.Kinds, ctx
	if c.Status != nil {
		ctx.mapping = c.Status
	}
	ctx.Queues.takesEntries, ctx.Queues.looks = strings.Contains(c.Synopsis, "ENTRY"), c.Looks
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

// Warn prints an error that does not fail the command.
func (c *Context) Warn(err error) {
	for _, one := range split(err) {
		c.say(syslog.Error, Printable(text(one)))
		if e, ok := errors.AsType[*queue.Error](one); ok && e.Remedy != "" && c.first(c.hinted, e.Remedy) {
			// If a thousand entries fail alike, print the hint once.
			c.say(syslog.Error, "hint: "+Printable(withPrefix(e.Remedy, c.command.Name, c.Name)))
		}
	}
}

// Note prints a line that is not an error.
func (c *Context) Note(line string) { c.say(syslog.Info, Printable(line)) }

// Notice is [Context.Warn], but prints the same text only once: a command that waits gets
// the same error again and again.
func (c *Context) Notice(err error) {
	if c.first(c.noticed, err.Error()) {
		c.Warn(err)
	}
}

// first notes a text, and reports whether it is new.
func (c *Context) first(texts map[string]bool, text string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	is := !texts[text]
	texts[text] = true
	return is
}

func (c *Context) say(severity syslog.Severity, line string) {
	c.console.say(severity, c.Name, line)
}
