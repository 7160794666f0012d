// Package qrestore is the command qrestore: it makes entries ready again: those that a crash left in flight, and those
// that a person releases.
package qrestore

import (
	"github.com/urfave/cli/v2"

	"switchboard/internal/cmdline"
)

// options are what the command line says.
type options struct {
	cmdline.Shared
	chosen cmdline.Selection
	origin bool
}

func Command() cmdline.Command {
	o := &options{}
	return cmdline.Command{
		Name: "qrestore",
		Synopsis: "[--min-age D] [--max-restores N] [--bad DIR] [--to QUEUE] [--origin] [--force] [--dry-run] " +
			cmdline.SelectionSynopsis + " QUEUE|ENTRY...",
		Summary: "Restore what a crash left in flight, or release what was preserved or shunted.",
		Example: "qrestore in\nqrestore --origin --list staff shunt",
		Shared:  &o.Shared,
		Flags: append([]cli.Flag{
			o.MinAgeFlag("leave alone entries claimed less than `D` ago"),
			o.MaxRestoresFlag("preserve at restore `N`; 0 means never (default 3)"),
			o.BadFlag(),
			o.ToFlag("release to `QUEUE`, whatever the origin"),
			&cli.BoolFlag{Name: "origin", Destination: &o.origin, Usage: "release shunted entries to their origins"},
			o.ForceFlag("even if a Mailman or a qrun works on the queue"),
			o.DryRunFlag(),
			o.NullFlag("end records with NUL, on input too"),
		}, o.chosen.Flags(&o.Shared, states)...),
		Run: o.run,
	}
}

func (o *options) run(c *cmdline.Context) error {
	if len(c.Args) == 0 {
		return cmdline.Usagef("missing QUEUE or ENTRY operand")
	}
	if err := o.conflict(); err != nil {
		return err
	}
	return newRestorer(c, o).run()
}
