// Qrun runs a command over the entries of a queue.
package main

import (
	"errors"
	"os"
	"os/signal"
	"syscall"

	"github.com/mattn/go-isatty"
	"github.com/urfave/cli/v2"

	"switchboard/pkg/cmdline"
	"switchboard/pkg/runner"
)

// maxJobs is more commands at a time than any machine is the faster for.
const maxJobs = 1000

func main() {
	cmdline.Main(cmdline.Command{
		Synopsis: "[-s I/N] [-j JOBS] [-w] [--timeout D] [--max-restores N] [--min-age D] [--shunt DIR] [--bad DIR] [--json] [--force] QUEUE COMMAND [ARG...]",
		Summary:  "Run COMMAND for each entry of QUEUE, oldest first, the message on its standard input: 0 finishes the entry, 75 puts it back, another status shunts it.",
		Example:  "NAME -j 4 --timeout 5m out deliver-msmtp",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "slice", Aliases: []string{"s"}, Usage: "only entries of slice `I/N`"},
			&cli.IntFlag{Name: "jobs", Aliases: []string{"j"}, Value: 1, Usage: "run up to `JOBS` commands at a time"},
			&cli.BoolFlag{Name: "wait", Aliases: []string{"w"}, Usage: "wait for more when the queue is empty"},
			cmdline.DurationFlag("timeout", "", "a COMMAND that runs longer than `D` has crashed"),
			&cli.IntFlag{Name: "max-restores", Usage: "put aside at the `N`th crash; 0 is never (default 3)"},
			cmdline.DurationFlag("min-age", "", "at the start restore only what was claimed `D` ago"),
			&cli.StringFlag{Name: "shunt", Usage: "the shunt queue is `DIR`"},
			&cli.StringFlag{Name: "bad", Usage: "the bad queue is `DIR`"},
			&cli.BoolFlag{Name: "json", Usage: "print outcomes; what COMMAND prints goes to stderr"},
			&cli.BoolFlag{Name: "force", Usage: "though a Mailman works on the queue"},
		},
		Runs: true,
		Run:  run,
	})
}

func run(c *cmdline.Context) error {
	o, operand, err := options(c)
	if err != nil {
		return err
	}
	if o.Command, err = runner.Find(o.Command.Args[0], o.Command.Args[1:]...); err != nil {
		return cannotRun(c, err)
	}
	dir, settings, err := c.Open(operand)
	if err != nil {
		return err
	}
	o.MaxRestores = c.MaxRestores(settings)
	o.Refuse = func() error { return c.Refuse(dir.Path(), settings) }
	o.Stop = signals(c)
	show := newShow(c, dir.Path())
	o.Outcome, o.Report = show.outcome, c.Report
	totals, err := runner.Run(dir, o)
	show.end(totals)
	var command *runner.CommandError
	if errors.As(err, &command) {
		return cannotRun(c, err)
	}
	if err != nil || o.Wait {
		return err
	}
	return status(totals)
}

// options are what the command line says.
func options(c *cmdline.Context) (o runner.Options, operand string, err error) {
	fail := func(err error) (runner.Options, string, error) { return o, "", err }
	o = runner.Options{
		Jobs: c.Int("jobs"), Wait: c.Bool("wait"), Prefix: c.Bool("verbose"),
		Env: os.Environ(), TempDir: os.TempDir(), Stdout: os.Stdout, Stderr: os.Stderr,
	}
	if o.Slice, err = c.Slice(); err != nil {
		return fail(err)
	}
	if o.Timeout, _, err = c.Duration("timeout"); err != nil {
		return fail(err)
	}
	if o.MinAge, _, err = c.Duration("min-age"); err != nil {
		return fail(err)
	}
	if n := c.Int("max-restores"); n < 0 || n > 255 {
		return fail(cmdline.Usagef("--max-restores is 0 to 255"))
	}
	if o.Jobs < 1 || o.Jobs > maxJobs {
		return fail(cmdline.Usagef("JOBS is 1 to %d", maxJobs))
	}
	if c.Bool("json") {
		// Standard output is for the events then, and for nothing else.
		o.Stdout = os.Stderr
	}
	operands := c.Args().Slice()
	if len(operands) == 0 {
		return fail(cmdline.Usagef("which queue?"))
	}
	command := operands[1:]
	if len(command) > 0 && command[0] == "--" {
		command = command[1:]
	}
	if len(command) == 0 {
		return fail(cmdline.Usagef("which command?"))
	}
	o.Command.Args = command
	return o, operands[0], nil
}

// signals are those that stop a run. One that was ignored when the command
// started, by nohup(1) or a shell's "&", stays ignored.
func signals(c *cmdline.Context) <-chan os.Signal {
	// What is ignored stays so in every COMMAND, which would not end when its
	// reader goes; what is caught does not.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	caught := make(chan os.Signal, 4)
	for _, s := range []os.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			signal.Notify(caught, s)
		}
	}
	terminal := isatty.IsTerminal(os.Stderr.Fd())
	if !terminal && !c.Bool("verbose") {
		return caught
	}
	begin := ""
	if terminal {
		begin = "\r\x1b[K"
	}
	stop := make(chan os.Signal, 4)
	go func() {
		for s := range caught {
			stop <- s
			os.Stderr.WriteString(begin + c.Name + ": ending with the commands that run; once more ends them as well\n")
		}
	}()
	return stop
}

// cannotRun is the shell's status for a command that cannot be run.
func cannotRun(c *cmdline.Context, err error) error {
	c.Warn(err)
	var command *runner.CommandError
	errors.As(err, &command)
	return cmdline.Exit(command.Status)
}
