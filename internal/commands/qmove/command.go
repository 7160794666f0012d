// Package qmove is the command qmove: it moves ready and preserved entries to another queue.
package qmove

import (
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"switchboard/internal/cmdline"
	"switchboard/pkg/queue"
)

// options are what the command line says.
type options struct {
	cmdline.Shared
	chosen     cmdline.Selection
	all, waits bool
}

func Command() cmdline.Command {
	o := &options{}
	return cmdline.Command{
		Name: "qmove",
		Synopsis: "[--dry-run] --to QUEUE ENTRY...\n" +
			"[--dry-run | -w] [-a] " + cmdline.SelectionSynopsis + " --to QUEUE QUEUE...",
		Summary: "Move ready or preserved entries to another queue, where they are ready.",
		Example: "qmove --to hold --sender '@spam\\.example$' out\nqmove --to out -a hold",
		Shared:  &o.Shared,
		Flags: append([]cli.Flag{
			o.ToFlag("to `QUEUE`, a directory or a name beside their own"),
			o.DryRunFlag(),
			&cli.BoolFlag{Name: "all", Aliases: []string{"a"}, Destination: &o.all, Usage: "all entries of QUEUE"},
			&cli.BoolFlag{Name: "wait", Aliases: []string{"w"}, Destination: &o.waits, Usage: "wait for more when the queue is empty"},
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
	if o.waits {
		if err := o.checkWait(c); err != nil {
			return err
		}
		return o.wait(c)
	}
	m, err := newMover(c, o)
	if err != nil {
		return err
	}
	return m.run()
}

// checkWait refuses what does not go with -w.
func (o *options) checkWait(c *cmdline.Context) error {
	switch {
	case !o.all && !o.chosen.Given():
		return cmdline.Usagef("-w needs -a for all entries, or options that choose among them")
	case o.DryRun:
		return cmdline.Usagef("--dry-run and -w exclude each other")
	case len(c.Args) > 1:
		return cmdline.Usagef("more than one QUEUE operand with -w")
	case o.chosen.StateGiven() && !slices.Equal(o.chosen.Choice(queue.Ready, time.Time{}).States, []queue.State{queue.Ready}):
		return cmdline.Usagef("-w waits for ready entries: it excludes any other --state")
	}
	return nil
}
