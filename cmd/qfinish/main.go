// Qfinish ends claims: the messages are dealt with.
package main

import (
	"github.com/urfave/cli/v2"

	"switchboard/pkg/cmdline"
)

func main() {
	cmdline.Main(cmdline.Command{
		Synopsis: "[--preserve | --requeue] [--bad DIR] ENTRY...",
		Summary:  "Remove entries that are in flight: their messages are dealt with.",
		Example:  `e=$(qdequeue in) && qcat "$e" >msg && handler <msg && NAME "$e"`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "preserve", Usage: "put them aside in the bad queue instead"},
			&cli.BoolFlag{Name: "requeue", Usage: "make them ready again instead, uncounted"},
			&cli.StringFlag{Name: "bad", Usage: "the bad queue is `DIR`"},
			&cli.BoolFlag{Name: "null", Aliases: []string{"0"}, Usage: "entries on standard input end with NUL"},
		},
		Run: run,
	})
}

func run(c *cmdline.Context) error {
	if c.Bool("preserve") && c.Bool("requeue") {
		return cmdline.Usagef("--preserve or --requeue, not both")
	}
	if c.Args().Len() == 0 {
		return cmdline.Usagef("which entry?")
	}
	f := &finisher{c: c, progress: c.Progress("finished")}
	defer f.progress.Done()
	if c.Bool("preserve") {
		return f.preserve(c.Args().Slice())
	}
	return c.Entries(c.Args().Slice(), f.finish)
}
