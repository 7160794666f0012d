// Qfinish finishes entries that are in flight: their messages are done.
package main

import (
	"github.com/urfave/cli/v2"

	"switchboard/pkg/cmdline"
)

func main() {
	cmdline.Main(cmdline.Command{
		Synopsis: "[--preserve | --requeue] [--bad DIR] ENTRY...",
		Summary:  "Delete entries that are in flight, because their messages are done.",
		Example:  `e=$(qdequeue in) && qcat "$e" >msg && handler <msg && NAME "$e"`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "preserve", Usage: "preserve them in the bad queue instead"},
			&cli.BoolFlag{Name: "requeue", Usage: "make them ready again instead, uncounted"},
			&cli.StringFlag{Name: "bad", Usage: "the bad queue is `DIR`"},
			&cli.BoolFlag{Name: "null", Aliases: []string{"0"}, Usage: "entries on standard input end with NUL"},
		},
		Run: run,
	})
}

func run(c *cmdline.Context) error {
	if c.Bool("preserve") && c.Bool("requeue") {
		return cmdline.Usagef("--preserve and --requeue exclude each other")
	}
	if c.Args().Len() == 0 {
		return cmdline.Usagef("missing ENTRY operand")
	}
	f := &finisher{c: c, progress: c.Progress("finished")}
	defer f.progress.Done()
	if c.Bool("preserve") {
		return f.preserve(c.Args().Slice())
	}
	return c.Entries(c.Args().Slice(), f.finish)
}
