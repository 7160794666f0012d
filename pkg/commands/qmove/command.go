// Package qmove is the command qmove: it moves ready and preserved entries to another queue.
package qmove

import (
	"github.com/urfave/cli/v2"

	"switchboard/pkg/cmdline"
)

// options are what the command line says.
type options struct {
	cmdline.Shared
	chosen cmdline.Selection
	all    bool
}

func Command() cmdline.Command {
	o := &options{}
	return cmdline.Command{
		Name: "qmove",
		Synopsis: "[--dry-run] --to QUEUE ENTRY...\n" +
			"[--dry-run] [-a] " + cmdline.SelectionSynopsis + " --to QUEUE QUEUE...",
		Summary: "Move ready or preserved entries to another queue, where they are ready.",
		Example: "qmove --to hold --sender '@spam\\.example$' out\nqmove --to out -a hold",
		Shared:  &o.Shared,
		Flags: append([]cli.Flag{
			o.ToFlag("to `QUEUE`, a directory or a name beside their own"),
			o.DryRunFlag(),
			&cli.BoolFlag{Name: "all", Aliases: []string{"a"}, Destination: &o.all, Usage: "all entries of QUEUE"},
			o.NullFlag("end records with NUL, on input too"),
		}, o.chosen.Flags(&o.Shared, cmdline.UnclaimedStates)...),
		Relays: true,
		Run:    o.run,
	}
}

func (o *options) run(c *cmdline.Context) error {
	if o.To == "" {
		return cmdline.Usagef("missing option --to QUEUE")
	}
	if len(c.Args) == 0 {
		return cmdline.Usagef("missing ENTRY or QUEUE operand")
	}
	if err := o.chosen.Check(c.Queues, c.Args, o.all, ", or give -a for all"); err != nil {
		return err
	}
	m, err := newMover(c, o)
	if err != nil {
		return err
	}
	return m.run()
}
