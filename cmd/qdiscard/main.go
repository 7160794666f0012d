// Qdiscard deletes ready and preserved entries for good.
package main

import (
	"github.com/urfave/cli/v2"

	"switchboard/pkg/cmdline"
)

func main() { cmdline.Main(command()) }

// options are what the command line says.
type options struct{ cmdline.Shared }

func command() cmdline.Command {
	o := &options{}
	return cmdline.Command{
		Name:     "qdiscard",
		Synopsis: "[--dry-run] ENTRY...",
		Summary:  "Delete ready or preserved entries for good. qmove --to trash can be undone.",
		Example:  "qstat -e --older-than 7d shunt | qdiscard -",
		Shared:   &o.Shared,
		Flags: []cli.Flag{
			o.DryRunFlag(),
			o.NullFlag("entries on standard input end with NUL"),
		},
		Run: o.run,
	}
}

func (o *options) run(c *cmdline.Context) error {
	if len(c.Args) == 0 {
		return cmdline.Usagef("missing ENTRY operand")
	}
	return newDiscarder(c, o).run()
}
