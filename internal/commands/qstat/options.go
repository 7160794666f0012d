package qstat

import (
	"slices"
	"time"

	"switchboard/internal/cmdline"
	"switchboard/pkg/choose"
	"switchboard/pkg/queue"
	"switchboard/pkg/tally"
)

// options are what the command line says.
type options struct {
	cmdline.Shared
	long, entries, check, header, names, shape, prometheus, live bool
	by                                                           cmdline.Optional[tally.By]
	count                                                        cmdline.Optional[[]queue.State]
	chosen                                                       cmdline.Selection
	order
	ages, counts thresholds
}

// states are what --state and --count take. Temporary files and strays are not entries, so
// "any" does not mean them.
var states = cmdline.States{
	All:   []queue.State{queue.Ready, queue.InFlight, queue.Preserved, queue.Temporary, queue.Stray},
	Any:   []queue.State{queue.Ready, queue.InFlight, queue.Preserved},
	Usage: "in `STATE` instead of ready; any means all entries",
}

// choice returns what to show, or to count.
func (o *options) choice() choose.Choice {
	c := o.chosen.Choice(queue.Ready, time.Now())
	if o.count.Given {
		c.States = o.count.Value
	}
	return c
}

// monitors reports whether the command is used as a monitoring plugin.
func (o *options) monitors() bool { return o.ages.given() || o.counts.given() }

// conflict refuses options that do not go together.
func (o *options) conflict() error {
	entries, monitors := o.long || o.entries || o.by.Given, o.monitors()
	switch {
	case cmdline.Count(o.long, o.entries, o.by.Given, o.count.Given, o.check, o.names, o.prometheus, o.live, monitors) > 1:
		return cmdline.Usagef("-l, -e, --by, --count, --check, --names, --metrics, --watch and the thresholds exclude each other")
	case o.shape && !o.by.Given:
		return cmdline.Usagef("--shape needs --by")
	case o.chosen.Given() && !entries && !o.count.Given:
		return cmdline.Usagef("the options that choose among entries need -l, -e, --by or --count")
	case o.chosen.StateGiven() && !entries && !monitors:
		return cmdline.Usagef("--state needs -l, -e, --by or a threshold")
	case o.by.Given && (slices.Contains(o.choice().States, queue.Stray) || slices.Contains(o.choice().States, queue.Temporary)):
		return cmdline.Usagef("--by groups entries, not strays or temporary files")
	case o.prometheus && (o.JSON || o.Null):
		return cmdline.Usagef("--metrics prints lines in a format of its own: it excludes --json and -0")
	case monitors && (o.JSON || o.Null):
		return cmdline.Usagef("the thresholds print the line of a plugin: they exclude --json and -0")
	case o.live && (o.JSON || o.Null || o.header):
		return cmdline.Usagef("--watch draws on a terminal: it excludes --json, --header and -0")
	case o.header && (o.JSON || o.entries || o.count.Given || o.check || o.names || o.prometheus || monitors):
		return cmdline.Usagef("--header is for the tables: of queues, and with -l and --by")
	case o.Slice.Given && o.check:
		return cmdline.Usagef("--check and --slice exclude each other: strays are in no slice")
	case o.order.given() && (o.count.Given || o.check || o.names || o.prometheus || monitors):
		return cmdline.Usagef("--sort, --reverse and --limit are for the tables: of queues, and with -l, -e and --by")
	case o.sorts() && o.choice().States[0] == queue.Stray:
		return cmdline.Usagef("--sort and --reverse sort entries, not strays")
	}
	return o.checkOrder()
}
