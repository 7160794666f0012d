// Package qstat is the command qstat: it looks at queues and touches nothing.
package qstat

import (
	"slices"

	"github.com/urfave/cli/v2"

	"switchboard/internal/cmdline"
	"switchboard/pkg/tally"
)

func Command() cmdline.Command {
	o := &options{}
	return cmdline.Command{
		Name: "qstat",
		Synopsis: "[-l | -e | --by GROUP | --count STATE | --check] [--names | --metrics | --watch] [--shape] [--json] [--header] " +
			"[--sort KEY] [--reverse] [--limit N] " + cmdline.SelectionSynopsis + " [-w D] [-c D] [--warning-count N] [--critical-count N] [QUEUE|ENTRY...]",
		Summary: "Show what is in queues; without an operand, in all of the machine's.",
		Example: "qstat -l --older-than 2h in; qstat -e in | qdequeue -",
		Shared:  &o.Shared,
		Flags: slices.Concat([]cli.Flag{
			&cli.BoolFlag{Name: "long", Aliases: []string{"l"}, Destination: &o.long, Usage: "one line per entry, oldest first"},
			&cli.BoolFlag{Name: "entries", Aliases: []string{"e"}, Destination: &o.entries, Usage: "the entries' paths alone, oldest first"},
			cmdline.ValueFlag(&o.by, tally.Parse, "by", "", "one line per `GROUP`: list, sender, hour, ..."),
			&cli.BoolFlag{Name: "shape", Destination: &o.shape, Usage: "--by: entries by age in minutes, as qshape"},
			cmdline.ValueFlag(&o.count, states.Parse, "count", "", "only the number of entries in `STATE`"),
			&cli.BoolFlag{Name: "check", Destination: &o.check, Usage: "read every entry, and name what is wrong"},
			o.JSONFlag("one JSON object per line"),
			&cli.BoolFlag{Name: "header", Destination: &o.header, Usage: "column heads, in a pipe too"},
			&cli.BoolFlag{Name: "names", Destination: &o.names, Usage: "only the names of the queues"},
			&cli.BoolFlag{Name: "metrics", Destination: &o.prometheus, Usage: "the numbers of entries for Prometheus"},
			&cli.BoolFlag{Name: "watch", Destination: &o.live, Usage: "redraw the table every 2s, with rates, until ^C"},
		}, o.order.flags(), o.chosen.Flags(&o.Shared, states), []cli.Flag{
			ageFlag(&o.ages.warning, "warning", "w", "monitor: warning if the oldest is of age `D`"),
			ageFlag(&o.ages.critical, "critical", "c", "monitor: critical if it is of age `D`"),
			countFlag(&o.counts.warning, "warning-count", "monitor: warning at `N` entries"),
			countFlag(&o.counts.critical, "critical-count", "monitor: critical at `N` entries"),
			o.NullFlag("end records with NUL, on input too"),
		}),
		Looks: true,
		Run:   o.run,
	}
}
