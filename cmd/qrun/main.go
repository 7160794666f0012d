// Qrun runs a command over the entries of a queue.
package main

import (
	"errors"

	"github.com/urfave/cli/v2"

	"switchboard/pkg/cmdline"
	"switchboard/pkg/runner"
)

func main() {
	cmdline.Main(cmdline.Command{
		Synopsis: "[-s I/N] [-j JOBS] [-w | --keep] [--timeout D] [--max-restores N] [--max-failures N] [--min-age D] [--shunt DIR] [--bad DIR] [--json] [--force] QUEUE COMMAND [ARG...]",
		Summary:  "Run COMMAND for each entry of QUEUE, oldest first, message on standard input. Exit 0 DELETES the entry, 75 requeues it, any other status shunts it.",
		Example:  "NAME -j 4 --timeout 5m out deliver-msmtp",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "slice", Aliases: []string{"s"}, Usage: "only entries of slice `I/N`"},
			&cli.IntFlag{Name: "jobs", Aliases: []string{"j"}, Value: 1, Usage: "run up to `JOBS` commands at a time"},
			&cli.BoolFlag{Name: "wait", Aliases: []string{"w"}, Usage: "wait for more when the queue is empty"},
			&cli.BoolFlag{Name: "keep", Usage: "look: no entry is deleted, shunted or counted"},
			cmdline.DurationFlag("timeout", "", "a COMMAND that runs longer than `D` has crashed"),
			&cli.IntFlag{Name: "max-restores", Usage: "preserve at the `N`th crash; 0 is never (default 3)"},
			&cli.IntFlag{Name: "max-failures", Value: 10, Usage: "end after `N` failures in a row (default 10)"},
			cmdline.DurationFlag("min-age", "", "at the start restore only what was claimed `D` ago"),
			&cli.StringFlag{Name: "shunt", Usage: "the shunt queue is `DIR`"},
			&cli.StringFlag{Name: "bad", Usage: "the bad queue is `DIR`"},
			&cli.BoolFlag{Name: "json", Usage: "print outcomes; what COMMAND prints goes to stderr"},
			&cli.BoolFlag{Name: "force", Usage: "even if a Mailman works on the queue"},
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
	o.Stop, o.Stopping = signals(c)
	c.MapStatus(mapStatus)
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

// cannotRun is the shell's status for a command that cannot be run.
func cannotRun(c *cmdline.Context, err error) error {
	c.Warn(err)
	var command *runner.CommandError
	errors.As(err, &command)
	return cmdline.Exit(command.Status)
}
