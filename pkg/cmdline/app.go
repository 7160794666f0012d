package cmdline

import (
	"bufio"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"

	"switchboard/pkg/config"
	"switchboard/pkg/syslog"
)

// Command is what a main.go says of its command.
type Command struct {
	// Synopsis is what follows the name, one line per form of the command line.
	// Summary is a sentence or two on what the command does, Example one or two lines
	// of shell, in which NAME is the command's name.
	Synopsis, Summary, Example string
	// Flags are its own options, beside those of every command.
	Flags []cli.Flag
	// Runs says that the operands after the first are another command, whose
	// options are its own.
	Runs bool
	// Looks says that the command changes nothing: if its reader goes early, as
	// head(1) does, that is not an error.
	Looks bool
	// Run does the work. The error it returns is reported and becomes the exit
	// status; errors that the work survived go to Context.Report.
	Run func(*Context) error
}

// Context is a command while it runs.
type Context struct {
	*cli.Context
	// Name is what the program was called as: a prefix may have been installed.
	Name string
	// Out is standard output, which carries data only. It is flushed, and
	// that checked, when the command ends.
	Out *bufio.Writer

	command Command
	stdout  *os.File
	counter counter
	// end is what ends a record that is printed.
	end      byte
	status   int
	dirs     map[string]*dirSlot
	refusals map[string]refusal
	// noticed and hinted are what was said already and is not said again.
	noticed  map[string]bool
	hinted   map[string]bool
	mapping  func(error) int
	progress *Progress
	// log is where a person is told things instead of on standard error, or nil.
	log     *syslog.Writer
	conf    *config.Config
	confErr error
}

// Main runs a command and exits.
func Main(c Command) {
	dieBySignal(c)
	// A reader that has gone is an error to be handled and not the end: what
	// was claimed and could not be printed goes back.
	signal.Ignore(syscall.SIGPIPE)
	os.Exit(Run(c, os.Args))
}

// Run runs a command with the given arguments, the name first, and returns its
// exit status.
func Run(c Command, args []string) int {
	name := filepath.Base(args[0])
	ctx := &Context{
		Name: name, stdout: os.Stdout, counter: counter{w: os.Stdout},
		dirs: map[string]*dirSlot{}, refusals: map[string]refusal{}, noticed: map[string]bool{}, hinted: map[string]bool{},
		command: c, mapping: Status, end: '\n',
	}
	ctx.Out = bufio.NewWriterSize(&ctx.counter, 32<<10)
	// The library's own --help would come before ours.
	cli.HelpFlag = nil
	flags := withNames(append(c.Flags, commonFlags()...))
	given, err := scan(args[1:], flags)
	if slices.Contains(given.options, "--quiet") {
		ctx.hush()
	}
	if err != nil {
		ctx.fail(err)
		return ctx.status
	}
	app := &cli.App{
		Name: name,
		// Without it the library looks at its own binary's time.
		Compiled: time.Unix(0, 1),
		HideHelp: true, HideHelpCommand: true, HideVersion: true,
		DisableSliceFlagSeparator: true,
		Writer:                    ctx.Out,
		ErrWriter:                 os.Stderr,
		ExitErrHandler:            func(*cli.Context, error) {},
		OnUsageError:              func(_ *cli.Context, err error, _ bool) error { return usage{err} },
		Flags:                     flags,
		Action: func(cc *cli.Context) error {
			ctx.Context = cc
			return ctx.act(given)
		},
	}
	line := append([]string{name}, given.options...)
	if err := app.Run(append(append(line, "--"), given.operands...)); err != nil {
		ctx.fail(err)
	}
	ctx.closeDirs()
	if err := ctx.Out.Flush(); err != nil {
		ctx.fail(outputError{err})
	}
	return ctx.status
}

func commonFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "config", Usage: "read `FILE` instead of /etc/switchboard.toml"},
		&cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Usage: "print each change of state on standard error"},
		&cli.BoolFlag{Name: "help", Aliases: []string{"h"}, Usage: "print this help and exit"},
		&cli.BoolFlag{Name: "version", Aliases: []string{"V"}, Usage: "print the version and exit"},
	}
}

func (c *Context) act(given arguments) error {
	switch {
	case c.Bool("help"):
		_, err := c.Out.WriteString(help(c.Name, c.command))
		return err
	case c.Bool("version"):
		_, err := fmt.Fprintf(c.Out, "%s (switchboard) %s\n", c.Name, version())
		return err
	}
	if c.Bool("null") {
		c.end = 0
	}
	if err := given.checkOperands(c.command.Runs); err != nil {
		return err
	}
	for _, option := range []string{"bad", "shunt"} {
		if err := c.checkOption(option); err != nil {
			return err
		}
	}
	return c.command.Run(c)
}
