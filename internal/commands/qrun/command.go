// Package qrun is the command qrun: it runs a command over the entries of a queue.
package qrun

import (
	"github.com/urfave/cli/v2"

	"switchboard/internal/cmdline"
)

// options are what the command line says.
type options struct {
	cmdline.Shared
	jobs, maxFailures cmdline.Optional[int]
	wait, keep        bool
}

func Command() cmdline.Command {
	o := &options{jobs: cmdline.Optional[int]{Value: 1}, maxFailures: cmdline.Optional[int]{Value: 10}}
	return cmdline.Command{
		Name:     "qrun",
		Synopsis: "[-s I/N] [-j JOBS] [-w | --keep] [--timeout D] [--max-restores N] [--max-failures N] [--min-age D] [--shunt DIR] [--bad DIR] [--json] [--force] QUEUE COMMAND [ARG...]",
		Summary:  "Run COMMAND for each entry of QUEUE, oldest first, message on standard input. Exit 0 DELETES the entry, 75 requeues it, any other status shunts it.",
		Example:  "qrun -j 4 --timeout 5m in handler",
		Shared:   &o.Shared,
		Flags: []cli.Flag{
			o.SliceFlag(),
			cmdline.IntFlag(&o.jobs, 1, maxJobs, "jobs", "j", "run up to `JOBS` commands at a time"),
			&cli.BoolFlag{Name: "wait", Aliases: []string{"w"}, Destination: &o.wait, Usage: "wait for more when the queue is empty"},
			&cli.BoolFlag{Name: "keep", Destination: &o.keep, Usage: "look: no entry is deleted, shunted or counted"},
			o.TimeoutFlag("a COMMAND that runs longer than `D` has crashed"),
			o.MaxRestoresFlag("preserve after `N` crashes; 0 means never (default 3)"),
			cmdline.IntFlag(&o.maxFailures, 0, 0, "max-failures", "", "end after `N` failures in a row (default 10)"),
			o.MinAgeFlag("at the start restore only what was claimed `D` ago"),
			o.ShuntFlag(),
			o.BadFlag(),
			o.JSONFlag("print outcomes; what COMMAND prints goes to stderr"),
			o.ForceFlag("even if a Mailman works on the queue"),
		},
		Runs: true,
		Run:  o.run,
	}
}

// maxJobs limits -j. More commands at a time would not make any machine faster.
const maxJobs = 1000

func (o *options) run(c *cmdline.Context) error {
	command := c.Args
	if len(command) > 0 {
		command = command[1:]
	}
	if len(command) > 0 && command[0] == "--" {
		command = command[1:]
	}
	switch {
	case o.keep && o.wait:
		return cmdline.Usagef("--keep and -w exclude each other: --keep looks at what is there")
	case len(c.Args) == 0:
		return cmdline.Usagef("missing QUEUE operand")
	case len(command) == 0:
		return cmdline.Usagef("missing COMMAND operand")
	}
	return o.runOver(c, c.Args[0], command)
}
