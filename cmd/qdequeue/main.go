// Qdequeue claims entries of a queue.
package main

import (
	"time"

	"github.com/urfave/cli/v2"

	"switchboard/pkg/cmdline"
	"switchboard/pkg/queue"
)

func main() {
	cmdline.Main(cmdline.Command{
		Synopsis: "[-n COUNT | -a] [-s I/N] [-w [--timeout D]] [--json] [--force] QUEUE\n[--json] [--force] ENTRY...",
		Summary:  "Claim the oldest ready entries of QUEUE, or those named, and print their paths.",
		Example:  `e=$(NAME in) && qcat "$e" >msg && handler <msg && qfinish "$e"`,
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "count", Aliases: []string{"n"}, Value: 1, Usage: "claim up to `COUNT` entries"},
			&cli.BoolFlag{Name: "all", Aliases: []string{"a"}, Usage: "claim all that are ready now"},
			&cli.StringFlag{Name: "slice", Aliases: []string{"s"}, Usage: "only those of slice `I/N`"},
			&cli.BoolFlag{Name: "wait", Aliases: []string{"w"}, Usage: "wait until there is one"},
			cmdline.DurationFlag("timeout", "", "with -w: wait for at most `D`"),
			&cli.BoolFlag{Name: "json", Usage: "print one JSON object per entry, with its message"},
			&cli.BoolFlag{Name: "force", Usage: "even if a Mailman works on the queue"},
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
	timeout, limited, err := c.Duration("timeout")
	if err != nil {
		return err
	}
	operands := c.Args().Slice()
	switch {
	case len(operands) == 0:
		return cmdline.Usagef("missing QUEUE or ENTRY operand")
	case c.Int("count") < 1:
		return cmdline.Usagef("COUNT must be at least 1")
	case c.Bool("all") && c.IsSet("count"):
		return cmdline.Usagef("-n and -a exclude each other")
	case limited && !c.Bool("wait"):
		return cmdline.Usagef("--timeout needs -w")
	}
	if err := c.CheckOutput(); err != nil {
		return err
	}
	out := &printer{c: c, json: c.Bool("json")}
	if operands[0] == "-" || cmdline.EntryName(operands[0]) {
		for _, name := range []string{"count", "all", "slice", "wait"} {
			if c.IsSet(name) {
				return cmdline.Usagef("--%s needs a QUEUE: of ENTRY operands, all are claimed", name)
			}
		}
		out.each = true
		return c.Entries(operands, func(o cmdline.Operand) error {
			if err := c.Refuse(o.Dir.Path(), o.Settings); err != nil {
				return err
			}
			if err := o.Dir.CanClaim(o.ID); err != nil {
				return o.Explain(err, queue.Ready)
			}
			claim, err := o.Dir.Dequeue(o.ID)
			if err != nil {
				return o.Explain(err, queue.Ready)
			}
			return out.add(o.Dir, claim)
		})
	}
	if len(operands) > 1 {
		return cmdline.Usagef("more than one QUEUE operand")
	}
	dir, settings, err := c.Open(operands[0])
	if err != nil {
		return err
	}
	look := func() (found, error) {
		// A Mailman may have been started while it waited.
		if err := c.Refuse(dir.Path(), settings); err != nil {
			return nothing, err
		}
		return claim(c, dir, slice, out)
	}
	if !c.Bool("wait") {
		return once(dir, look)
	}
	var deadline time.Time
	if limited {
		deadline = time.Now().Add(timeout)
	}
	return wait(dir, deadline, look)
}
