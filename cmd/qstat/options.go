package main

import (
	"time"

	"switchboard/pkg/choose"
	"switchboard/pkg/cmdline"
	"switchboard/pkg/queue"
)

// options are what the command line says.
type options struct {
	cmdline.Shared
	long, entries, check, header, names bool
	count                               cmdline.Optional[[]queue.State]
	chosen                              cmdline.Selection
	ages, counts                        thresholds
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
	entries, monitors := o.long || o.entries, o.monitors()
	switch {
	case cmdline.Count(o.long, o.entries, o.count.Given, o.check, o.names, monitors) > 1:
		return cmdline.Usagef("-l, -e, --count, --check, --names and the thresholds exclude each other")
	case o.chosen.Given() && !entries && !o.count.Given:
		return cmdline.Usagef("the options that choose among entries need -l, -e or --count")
	case o.chosen.StateGiven() && !entries && !monitors:
		return cmdline.Usagef("--state needs -l, -e or a threshold")
	case o.header && (o.JSON || o.entries || o.count.Given || o.check || monitors):
		return cmdline.Usagef("--header is for the tables: of queues, and with -l of entries")
	case o.Slice.Given && o.check:
		return cmdline.Usagef("--check and --slice exclude each other: strays are in no slice")
	}
	return nil
}
