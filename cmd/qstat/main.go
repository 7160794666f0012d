// Qstat looks at queues and touches nothing.
package main

import (
	"github.com/urfave/cli/v2"

	"switchboard/pkg/cmdline"
	"switchboard/pkg/queue"
)

func main() {
	cmdline.Main(cmdline.Command{
		Synopsis: "[-l | -e | --count STATE | --check | --names] [--json] [--state STATE] [-s I/N] [--older-than D] [--list LIST] [--header] [-w D] [-c D] [--warning-count N] [--critical-count N] [QUEUE|ENTRY...]",
		Summary:  "Show what is in queues, one line per queue; without an operand, in all configured ones.",
		Example:  "NAME -l --older-than 2h in; NAME -e in | qdequeue -",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "long", Aliases: []string{"l"}, Usage: "one line per entry, oldest first"},
			&cli.BoolFlag{Name: "entries", Aliases: []string{"e"}, Usage: "the entries' paths alone, oldest first"},
			&cli.StringFlag{Name: "count", Usage: "only the number of entries in `STATE`"},
			&cli.BoolFlag{Name: "check", Usage: "read every entry, and name what is wrong"},
			&cli.BoolFlag{Name: "json", Usage: "one JSON object per line"},
			&cli.StringFlag{Name: "state", Value: "ready", Usage: "entries in `STATE`, or in any"},
			&cli.StringFlag{Name: "slice", Aliases: []string{"s"}, Usage: "only those of slice `I/N`"},
			cmdline.DurationFlag("older-than", "", "-l, -e, --count: those received more than `D` ago"),
			&cli.StringFlag{Name: "list", Usage: "-l, -e, --count: those for the list `LIST`"},
			&cli.BoolFlag{Name: "header", Usage: "column heads, in a pipe too"},
			&cli.BoolFlag{Name: "names", Usage: "only the names of the configured queues"},
			cmdline.DurationFlag("warning", "w", "monitor: warning if the oldest is of age `D`"),
			cmdline.DurationFlag("critical", "c", "monitor: critical if it is of age `D`"),
			&cli.StringFlag{Name: "warning-count", Usage: "monitor: warning at `N` entries"},
			&cli.StringFlag{Name: "critical-count", Usage: "monitor: critical at `N` entries"},
			&cli.BoolFlag{Name: "null", Aliases: []string{"0"}, Usage: "end records with NUL, on input too"},
		},
		Looks: true,
		Run:   run,
	})
}

func run(c *cmdline.Context) error {
	look, err := parse(c)
	if err != nil {
		return err
	}
	if monitors(c) {
		return look.monitor(c)
	}
	if c.Bool("names") {
		return names(c)
	}
	operands := c.Args().Slice()
	if len(operands) == 0 {
		if operands, err = configured(c); err != nil {
			return err
		}
	}
	view := summary
	switch {
	case c.Bool("long"), c.Bool("entries"):
		view = look.entries
	case c.IsSet("count"):
		view = look.count
	case c.Bool("check"):
		view = check
	}
	table := newTable(c)
	var stopped error
	looked := 0
	var progress *cmdline.Progress
	if !c.Bool("check") {
		progress = c.Progress("looked at") // that one counts entries
	}
	defer progress.Done()
	err = c.Operands(operands, func() {}, func(operand string) {
		if stopped != nil {
			return
		}
		var err error
		if cmdline.EntryName(operand) {
			err = one(c, operand)
		} else {
			err = open(c, operand, view, table)
		}
		if cmdline.IsOutput(err) {
			stopped = err
		} else if err != nil {
			c.Report(err)
		}
		looked++
		progress.Count(looked)
	})
	if err == nil {
		err = stopped
	}
	if err == nil {
		err = table.flush()
	}
	return err
}

// open opens a queue and shows it.
func open(c *cmdline.Context, operand string, view func(*cmdline.Context, *queue.Dir, *table) error, t *table) error {
	dir, _, err := c.Open(operand)
	if err != nil {
		return err
	}
	return view(c, dir, t)
}
