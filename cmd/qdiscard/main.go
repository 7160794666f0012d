// Qdiscard deletes ready and preserved entries for good.
package main

import (
	"github.com/urfave/cli/v2"

	"switchboard/pkg/cmdline"
)

func main() { cmdline.Main(command()) }

// options are what the command line says.
type options struct {
	cmdline.Shared
	chosen cmdline.Selection
}

func command() cmdline.Command {
	o := &options{}
	return cmdline.Command{
		Name: "qdiscard",
		Synopsis: "[--dry-run] ENTRY...\n" +
			"[--dry-run] [--state STATE] [--list LIST] [--sender RE] [--recipient RE] [--subject RE] [--message-id RE] [--origin-queue RE] " +
			"[--older-than D] [--newer-than D] [--larger-than SIZE] [--smaller-than SIZE] [--restores N] [-s I/N] QUEUE...",
		Summary: "Delete ready or preserved entries for good. qmove --to trash can be undone.",
		Example: "qdiscard --sender '@spam\\.example$' in",
		Shared:  &o.Shared,
		Flags: append([]cli.Flag{
			o.DryRunFlag(),
			o.NullFlag("entries on standard input end with NUL"),
		}, o.chosen.Flags(&o.Shared)...),
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
