package main

import (
	"fmt"
	"time"

	"switchboard/pkg/cmdline"
	"switchboard/pkg/queue"
)

// options are what the command line says.
type options struct {
	cmdline.Shared
	long, entries, check, header, names bool
	count, state                        cmdline.Optional[states]
	olderThan                           cmdline.Optional[time.Duration]
	list                                string
	ages, counts                        thresholds
}

func newOptions() *options {
	return &options{state: cmdline.Optional[states]{Value: states{queue.Ready.String(), []queue.State{queue.Ready}}}}
}

// states is one state or several, and the word for them.
type states struct {
	word string
	all  []queue.State
}

// anyState is the word for entries in any state. Temporary files and strays are
// not entries.
const anyState = "any"

func parseStates(word string) (states, error) {
	if word == anyState {
		return states{word, []queue.State{queue.Ready, queue.InFlight, queue.Preserved}}, nil
	}
	state, err := queue.ParseState(word)
	if err != nil {
		return states{}, fmt.Errorf("%w, and %s for the first three", err, anyState)
	}
	return states{word, []queue.State{state}}, nil
}

// monitors reports whether the command is used as a monitoring plugin.
func (o *options) monitors() bool { return o.ages.given() || o.counts.given() }

// conflict refuses options that do not go together.
func (o *options) conflict() error {
	entries, monitors := o.long || o.entries, o.monitors()
	chooses := entries || o.count.Given
	switch {
	case cmdline.Count(o.long, o.entries, o.count.Given, o.check, o.names, monitors) > 1:
		return cmdline.Usagef("-l, -e, --count, --check, --names and the thresholds exclude each other")
	case o.olderThan.Given && !chooses:
		return cmdline.Usagef("--older-than chooses among entries: it needs -l, -e or --count")
	case o.list != "" && !chooses:
		return cmdline.Usagef("--list chooses among entries: it needs -l, -e or --count")
	case o.state.Given && !entries && !monitors:
		return cmdline.Usagef("--state needs -l, -e or a threshold")
	case o.header && (o.JSON || o.entries || o.count.Given || o.check || monitors):
		return cmdline.Usagef("--header is for the tables: of queues, and with -l of entries")
	case o.Slice.Given && o.check:
		return cmdline.Usagef("--check and --slice exclude each other: strays are in no slice")
	}
	return nil
}
