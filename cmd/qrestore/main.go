// Qrestore makes entries ready again: those that a crash left in flight, and those
// that a person releases.
package main

import (
	"github.com/urfave/cli/v2"

	"switchboard/pkg/cmdline"
)

func main() { cmdline.Main(command()) }

// options are what the command line says.
type options struct {
	cmdline.Shared
	to     string
	origin bool
}

func command() cmdline.Command {
	o := &options{}
	return cmdline.Command{
		Name:     "qrestore",
		Synopsis: "[-s I/N] [--min-age D] [--max-restores N] [--bad DIR] [--to QUEUE] [--origin] [--force] [--dry-run] QUEUE|ENTRY...",
		Summary:  "Make entries ready again that a crash left in flight, or release entries that were preserved or shunted.",
		Example:  "qrestore in\nqstat -e --state preserved bad | qrestore -",
		Shared:   &o.Shared,
		Flags: []cli.Flag{
			o.SliceFlag(),
			o.MinAgeFlag("leave alone entries claimed less than `D` ago"),
			o.MaxRestoresFlag("preserve at restore `N`; 0 means never (default 3)"),
			o.BadFlag(),
			&cli.StringFlag{Name: "to", Destination: &o.to, Usage: "release to `QUEUE`, whatever the origin"},
			&cli.BoolFlag{Name: "origin", Destination: &o.origin, Usage: "release shunted entries to their origins"},
			o.ForceFlag("even if a Mailman or a qrun works on the queue"),
			o.DryRunFlag(),
			o.NullFlag("end records with NUL, on input too"),
		},
		Run: o.run,
	}
}

func (o *options) run(c *cmdline.Context) error {
	if len(c.Args) == 0 {
		return cmdline.Usagef("missing QUEUE or ENTRY operand")
	}
	return newRestorer(c, o).run()
}
