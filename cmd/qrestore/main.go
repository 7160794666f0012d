// Qrestore makes entries ready again: those that a crash left in flight, and those
// that a person releases.
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/urfave/cli/v2"

	"switchboard/pkg/cmdline"
	"switchboard/pkg/queue"
)

func main() {
	cmdline.Main(cmdline.Command{
		Synopsis: "[-s I/N] [--min-age D] [--max-restores N] [--bad DIR] [--to QUEUE] [--origin] [--force] [--dry-run] QUEUE|ENTRY...",
		Summary:  "Make entries ready again that a crash left in flight, or release entries that were preserved or shunted.",
		Example:  "NAME in\nqstat -e --state preserved bad | NAME -",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "slice", Aliases: []string{"s"}, Usage: "only those of slice `I/N`"},
			cmdline.DurationFlag("min-age", "", "leave those alone that were claimed less than `D` ago"),
			&cli.IntFlag{Name: "max-restores", Usage: "preserve at restore `N`; 0 is never (default 3)"},
			&cli.StringFlag{Name: "bad", Usage: "the bad queue is `DIR`"},
			&cli.StringFlag{Name: "to", Usage: "release to `QUEUE`, whatever the origin"},
			&cli.BoolFlag{Name: "origin", Usage: "release shunted entries to their origins"},
			&cli.BoolFlag{Name: "force", Usage: "even if a Mailman or a qrun works on the queue"},
			&cli.BoolFlag{Name: "dry-run", Usage: "print what would be done, and do nothing"},
			&cli.BoolFlag{Name: "null", Aliases: []string{"0"}, Usage: "end records with NUL, on input too"},
		},
		Run: run,
	})
}

func run(c *cmdline.Context) error {
	slice, err := c.Slice()
	if err != nil {
		return err
	}
	age, _, err := c.Duration("min-age")
	if err != nil {
		return err
	}
	if n := c.Int("max-restores"); n < 0 || n > 255 {
		return cmdline.Usagef("--max-restores: N must be from 0 to 255")
	}
	if c.Args().Len() == 0 {
		return cmdline.Usagef("missing QUEUE or ENTRY operand")
	}
	r := &restorer{c: c, gone: make(map[string]bool), options: queue.RestoreOptions{Slice: slice, MinAge: age, DryRun: c.Bool("dry-run")}}
	r.progress = c.Progress("restored")
	r.named.Do = r.group
	err = c.Operands(c.Args().Slice(), r.idle, r.operand)
	r.named.Flush()
	r.progress.Done()
	if c.Bool("verbose") {
		fmt.Fprintf(os.Stderr, "%s: %d restored, %d preserved, %d left\n", c.Name, r.restored, r.preserved, r.failed)
	}
	return errors.Join(err, r.stopped)
}
