// Qmove moves ready and preserved entries to another queue.
package main

import (
	"github.com/urfave/cli/v2"

	"switchboard/pkg/cmdline"
)

func main() { cmdline.Main(command()) }

// options are what the command line says.
type options struct {
	cmdline.Shared
	to string
}

func command() cmdline.Command {
	o := &options{}
	return cmdline.Command{
		Name:     "qmove",
		Synopsis: "[--dry-run] --to QUEUE ENTRY...",
		Summary:  "Move ready or preserved entries to another queue, where they are ready.",
		Example:  "qstat -e in | qmove --to hold -\nqstat -e hold | qmove --to in -",
		Shared:   &o.Shared,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "to", Destination: &o.to, Usage: "to `QUEUE`, a directory or a name beside their own"},
			o.DryRunFlag(),
			o.NullFlag("end records with NUL, on input too"),
		},
		Run: o.run,
	}
}

func (o *options) run(c *cmdline.Context) error {
	if o.to == "" {
		return cmdline.Usagef("missing option --to QUEUE")
	}
	if len(c.Args) == 0 {
		return cmdline.Usagef("missing ENTRY operand")
	}
	m, err := newMover(c, o)
	if err != nil {
		return err
	}
	return m.run()
}
