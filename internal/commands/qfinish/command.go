// Package qfinish is the command qfinish: it deletes entries that are in flight, because their messages have been handled.
package qfinish

import (
	"github.com/urfave/cli/v2"

	"switchboard/internal/cmdline"
)

// options are what the command line says.
type options struct {
	cmdline.Shared
	preserve, requeue bool
}

func Command() cmdline.Command {
	o := &options{}
	return cmdline.Command{
		Name:     "qfinish",
		Synopsis: "[--preserve | --requeue] [--bad DIR] [--dry-run] ENTRY...",
		Summary:  "Delete entries that are in flight, because their messages have been handled.",
		Example:  `e=$(qdequeue in) && qcat "$e" >msg && handler <msg && qfinish "$e"`,
		Shared:   &o.Shared,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "preserve", Destination: &o.preserve, Usage: "preserve them in the bad queue instead"},
			&cli.BoolFlag{Name: "requeue", Destination: &o.requeue, Usage: "make them ready again instead, uncounted"},
			o.BadFlag(),
			o.DryRunFlag(),
			o.NullFlag("entries on standard input end with NUL"),
		},
		Run: o.run,
	}
}

func (o *options) run(c *cmdline.Context) error {
	if o.preserve && o.requeue {
		return cmdline.Usagef("--preserve and --requeue exclude each other")
	}
	if len(c.Args) == 0 {
		return cmdline.Usagef("missing ENTRY operand")
	}
	f := &finisher{options: o, c: c, progress: c.Progress("finished")}
	defer f.progress.Done()
	if o.DryRun {
		verb := "finish"
		switch {
		case o.preserve:
			verb = "preserve"
		case o.requeue:
			verb = "requeue"
		}
		return c.Entries(c.Args, func(e cmdline.Operand) error { return f.would(verb, e) })
	}
	return f.run()
}
