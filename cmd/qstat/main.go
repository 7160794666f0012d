// Qstat looks at queues and touches nothing.
package main

import (
	"os"
	"slices"

	"github.com/urfave/cli/v2"

	"switchboard/pkg/cmdline"
	"switchboard/pkg/queue"
)

func main() {
	cmdline.Main(cmdline.Command{
		Synopsis: "[-l | -e | --count STATE | --check] [--json] [--state STATE] [-s I/N] [--older-than D] [--list LIST] [-w D] [-c D] [QUEUE|ENTRY...]",
		Summary:  "Say what is in queues, a line each: in all of them without an operand.",
		Example:  "NAME -l --older-than 2h in; NAME -e in | qdequeue -",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "long", Aliases: []string{"l"}, Usage: "a line an entry"},
			&cli.BoolFlag{Name: "entries", Aliases: []string{"e"}, Usage: "the entries' paths alone, oldest first"},
			&cli.StringFlag{Name: "count", Usage: "the number in `STATE` alone"},
			&cli.BoolFlag{Name: "check", Usage: "read every entry, and name what is wrong"},
			&cli.BoolFlag{Name: "json", Usage: "an object a line"},
			&cli.StringFlag{Name: "state", Value: "ready", Usage: "-l, -e: those in `STATE`"},
			&cli.StringFlag{Name: "slice", Aliases: []string{"s"}, Usage: "only those of slice `I/N`"},
			cmdline.DurationFlag("older-than", "", "-l, -e, --count: those received more than `D` ago"),
			&cli.StringFlag{Name: "list", Usage: "-l, -e, --count: those for the list `LIST`"},
			cmdline.DurationFlag("warning", "w", "as a monitoring plugin: warn at age `D` of the oldest"),
			cmdline.DurationFlag("critical", "c", "likewise: critical at age `D`"),
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
	if c.IsSet("warning") || c.IsSet("critical") {
		return look.monitor(c)
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
		progress = c.Progress("queues") // that one counts entries
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

// configured are the names of the configuration's queues, each queue once: below
// the root it may have a name of its own, too.
func configured(c *cmdline.Context) (once []string, err error) {
	conf, err := c.Config()
	if err != nil {
		return nil, err
	}
	names, err := conf.Names()
	if err == nil && len(names) == 0 {
		err = cmdline.Usagef("which queue? The configuration names none")
	}
	var seen []os.FileInfo
	for _, name := range names {
		q, _ := conf.Named(name)
		if st, err := os.Stat(q.Path); err == nil {
			if slices.ContainsFunc(seen, func(other os.FileInfo) bool { return os.SameFile(st, other) }) {
				continue
			}
			seen = append(seen, st)
		}
		once = append(once, name)
	}
	return once, err
}

// open opens a queue and shows it.
func open(c *cmdline.Context, operand string, view func(*cmdline.Context, *queue.Dir, *table) error, t *table) error {
	dir, _, err := c.Open(operand)
	if err != nil {
		return err
	}
	return view(c, dir, t)
}
