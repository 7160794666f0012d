// Package qenqueue is the command qenqueue: it stores messages in a queue.
package qenqueue

import (
	"unicode/utf8"

	"github.com/urfave/cli/v2"

	"switchboard/internal/cmdline"
	"switchboard/pkg/queue"
)

// options are what the command line says.
type options struct {
	cmdline.Shared
	list         string
	metadata     items
	base         cmdline.Optional[queue.ID]
	create, mbox bool
}

func Command() cmdline.Command {
	o := &options{}
	return cmdline.Command{
		Name: "qenqueue",
		Synopsis: "[-l LIST] [-m KEY=VALUE]... [-m KEY:=JSON]... [-f FORMAT] [-p] [-q] [--mbox] [--no-sync] QUEUE [FILE...]\n" +
			"--base BASE [-l LIST] [-m KEY=VALUE]... [-m KEY:=JSON]... [-f FORMAT] [-p] [-q] [--no-sync] QUEUE [FILE]",
		Summary: "Store messages in QUEUE, and print the paths of the entries once they are durable.",
		Example: "qenqueue -l staff -m tolist:=1 /var/lib/mailman/qfiles/in < message.eml",
		Shared:  &o.Shared,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "list", Aliases: []string{"l"}, Destination: &o.list, Usage: "for the list `LIST`"},
			&cli.GenericFlag{Name: "metadata", Aliases: []string{"m"}, Destination: &o.metadata, Usage: "`KEY=VALUE` a string, KEY:=JSON any value"},
			o.FormatFlag(),
			&cli.BoolFlag{Name: "create", Aliases: []string{"p"}, Destination: &o.create, Usage: "create QUEUE if it is missing, but not its parent"},
			o.QuietFlag(),
			&cli.BoolFlag{Name: "mbox", Destination: &o.mbox, Usage: "each FILE is an mbox"},
			cmdline.ValueFlag(&o.base, queue.ParseID, "base", "", "store once under the file base `BASE`"),
			o.NoSyncFlag(),
			o.NullFlag("end the printed paths with NUL"),
		},
		Files:  true,
		Status: o.status,
		Run:    o.run,
	}
}

func (o *options) run(c *cmdline.Context) error {
	if len(c.Args) == 0 {
		return cmdline.Usagef("missing QUEUE operand")
	}
	if !utf8.ValidString(o.list) {
		return cmdline.Usagef("option -l: LIST is not UTF-8")
	}
	if o.base.Given && (o.mbox || len(c.Args) > 2) {
		return cmdline.Usagef("--base is the name of one message: give one FILE, and not --mbox")
	}
	return o.store(c, c.Args[0], c.Args[1:])
}
