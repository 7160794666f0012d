package cmdline

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/urfave/cli/v2"
)

// Command is what a main.go says about its command. It can be run only once, because its
// options keep their values.
type Command struct {
	// Name is the command's own name, however it was installed.
	Name string
	// Synopsis is what follows the name, one line per form of the command line.
	// Summary is a sentence or two on what the command does, Example one or two lines
	// of shell.
	Synopsis, Summary, Example string
	// Shared has the values of the options that several commands have.
	Shared *Shared
	// Flags are the command's options, except those of every command.
	Flags []cli.Flag
	// Runs means that the operands after the first are another command, which has its
	// own options.
	Runs bool
	// Looks means that the command changes nothing. It is then not an error if the reader
	// of its output ends early, as head(1) does.
	Looks bool
	// Files means that the operands after the first are files, not queues or entries. Relays
	// means that the queue of --to may be of another kind than the operands.
	Files, Relays bool
	// Status returns the exit status of an error, if it is not that of the function Status.
	Status func(error) int
	// Run does the work. The error that it returns is reported and gives the exit status.
	// Run passes errors after which it goes on to Context.Report.
	Run func(*Context) error
}

// Run runs a command in a process and returns its exit status.
func Run(c Command, p Process) int {
	ctx := newContext(c, p)
	defer ctx.console.close()
	flags := withNames(append(c.Flags, c.Shared.flags()...))
	given, err := scan(p.Args[1:], flags)
	if slices.Contains(given.options, "--"+quiet) {
		// Errors in the options that follow must not be printed either.
		ctx.console.hush(ctx.Name)
	}
	if err != nil {
		ctx.fail(err)
		return ctx.status
	}
	ctx.Args = given.operands
	if err = given.store(flags); err == nil {
		err = ctx.act(given, flags)
	}
	if err != nil {
		ctx.fail(err)
	}
	ctx.Queues.close()
	if ctx.journal != nil {
		ctx.journal.Close()
	}
	if err := ctx.Out.Flush(); err != nil {
		ctx.fail(outputError{err})
	}
	return ctx.status
}

// act does what the options say.
func (c *Context) act(given arguments, flags []flag) error {
	switch {
	case c.command.Shared.help:
		_, err := c.Out.WriteString(help(c.Name, c.command, flags))
		return err
	case c.command.Shared.version:
		_, err := fmt.Fprintf(c.Out, "%s (switchboard) %s\n", c.Name, version())
		return err
	}
	if c.command.Shared.Null {
		c.end = 0
	}
	if err := given.checkOperands(c.command.Runs); err != nil {
		return err
	}
	if err := c.chooseProgram(); err != nil {
		return err
	}
	if err := c.Queues.checkOptions(); err != nil {
		return err
	}
	return c.command.Run(c)
}

// calledAs returns the name that a program was called by.
func calledAs(args []string) string { return filepath.Base(args[0]) }
