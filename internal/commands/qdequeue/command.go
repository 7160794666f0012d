// Package qdequeue is the command qdequeue: it claims entries of a queue.
package qdequeue

import (
	"github.com/urfave/cli/v2"

	"switchboard/internal/cmdline"
)

// options are what the command line says.
type options struct {
	cmdline.Shared
	count     cmdline.Optional[int]
	all, wait bool
}

func Command() cmdline.Command {
	o := &options{count: cmdline.Optional[int]{Value: 1}}
	return cmdline.Command{
		Name:     "qdequeue",
		Synopsis: "[-n COUNT | -a] [-s I/N] [-w [--timeout D]] [--json] [--force] QUEUE\n[--json] [--force] ENTRY...",
		Summary:  "Claim the oldest ready entries of QUEUE, or those named, and print their paths.",
		Example:  `e=$(qdequeue in) && qcat "$e" >msg && handler <msg && qfinish "$e"`,
		Shared:   &o.Shared,
		Flags: []cli.Flag{
			cmdline.IntFlag(&o.count, 1, 0, "count", "n", "claim up to `COUNT` entries"),
			&cli.BoolFlag{Name: "all", Aliases: []string{"a"}, Destination: &o.all, Usage: "claim all entries that are ready now"},
			o.SliceFlag(),
			&cli.BoolFlag{Name: "wait", Aliases: []string{"w"}, Destination: &o.wait, Usage: "wait until an entry is ready"},
			o.TimeoutFlag("with -w: wait for at most `D`"),
			o.JSONFlag("print one JSON object per entry, with its message"),
			o.ForceFlag("even if a Mailman works on the queue"),
			o.NullFlag("end records with NUL, on input too"),
		},
		Run: o.run,
	}
}

func (o *options) run(c *cmdline.Context) error {
	switch {
	case len(c.Args) == 0:
		return cmdline.Usagef("missing QUEUE or ENTRY operand")
	case o.all && o.count.Given:
		return cmdline.Usagef("-n and -a exclude each other")
	case o.Timeout.Given && !o.wait:
		return cmdline.Usagef("--timeout needs -w")
	}
	if err := c.CheckOutput(); err != nil {
		return err
	}
	if c.Args[0] == "-" || cmdline.EntryName(c.Args[0]) {
		return o.entries(c)
	}
	return o.queue(c)
}
