// Package qdiscard is the command qdiscard: it deletes ready and preserved entries for good.
package qdiscard

import (
	"github.com/urfave/cli/v2"

	"switchboard/internal/cmdline"
)

// options are what the command line says.
type options struct {
	cmdline.Shared
	chosen cmdline.Selection
}

func Command() cmdline.Command {
	o := &options{}
	return cmdline.Command{
		Name: "qdiscard",
		Synopsis: "[--dry-run] ENTRY...\n" +
			"[--dry-run] " + cmdline.SelectionSynopsis + " QUEUE...",
		Summary: "Delete ready or preserved entries for good. qmove --to trash can be undone.",
		Example: "qdiscard --sender '@spam\\.example$' in",
		Shared:  &o.Shared,
		Flags: append([]cli.Flag{
			o.DryRunFlag(),
			o.NullFlag("entries on standard input end with NUL"),
		}, o.chosen.Flags(&o.Shared, cmdline.UnclaimedStates)...),
		Run: o.run,
	}
}

func (o *options) run(c *cmdline.Context) error {
	if len(c.Args) == 0 {
		return cmdline.Usagef("missing ENTRY or QUEUE operand")
	}
	if err := o.chosen.Check(c.Queues, c.Args, false, ""); err != nil {
		return err
	}
	return newDiscarder(c, o).run()
}
