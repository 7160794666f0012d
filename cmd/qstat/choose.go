package main

import (
	"fmt"
	"slices"
	"time"

	"switchboard/pkg/cmdline"
	"switchboard/pkg/queue"
)

// choice is which entries are wanted.
type choice struct {
	states []queue.State
	slice  queue.Slice
	// before is the latest time in a name, zero for any.
	before time.Time
	list   string
}

// parse reads the options that choose, and refuses those that don't go
// together.
func parse(c *cmdline.Context) (*choice, error) {
	modes := 0
	for _, name := range []string{"long", "entries", "count", "check", "names"} {
		if c.IsSet(name) {
			modes++
		}
	}
	if monitors(c) {
		modes++
	}
	if modes > 1 {
		return nil, cmdline.Usagef("-l, -e, --count, --check, --names and the thresholds exclude each other")
	}
	entries := c.Bool("long") || c.Bool("entries")
	for _, name := range []string{"older-than", "list"} {
		if c.IsSet(name) && !entries && !c.IsSet("count") {
			return nil, cmdline.Usagef("--%s chooses among entries: it needs -l, -e or --count", name)
		}
	}
	if c.IsSet("state") && !entries && !monitors(c) {
		return nil, cmdline.Usagef("--state needs -l, -e or a threshold")
	}
	if c.Bool("header") && (c.Bool("json") || c.Bool("entries") || c.IsSet("count") || c.Bool("check") || monitors(c)) {
		return nil, cmdline.Usagef("--header is for the tables: of queues, and with -l of entries")
	}
	if c.IsSet("slice") && c.Bool("check") {
		return nil, cmdline.Usagef("--check and --slice exclude each other: strays are in no slice")
	}
	ch := &choice{list: c.String("list")}
	var err error
	state := c.String("state")
	if c.IsSet("count") {
		state = c.String("count")
	}
	if ch.states, err = parseStates(state); err != nil {
		return nil, cmdline.Usagef("%v", err)
	}
	if ch.slice, err = c.Slice(); err != nil {
		return nil, err
	}
	age, ok, err := c.Duration("older-than")
	if err != nil {
		return nil, err
	}
	if ok {
		ch.before = time.Now().Add(-age)
	}
	return ch, nil
}

// anyState is the word for entries in any state. Temporary files and strays are
// not entries.
const anyState = "any"

func parseStates(word string) ([]queue.State, error) {
	if word == anyState {
		return []queue.State{queue.Ready, queue.InFlight, queue.Preserved}, nil
	}
	state, err := queue.ParseState(word)
	if err != nil {
		return nil, fmt.Errorf("%w, and %s for the first three", err, anyState)
	}
	return []queue.State{state}, nil
}

// monitors says whether the command is to be a monitoring plugin.
func monitors(c *cmdline.Context) bool {
	return slices.ContainsFunc([]string{"warning", "critical", "warning-count", "critical-count"}, c.IsSet)
}

// everything says that no option but --state chooses.
func (ch *choice) everything() bool {
	return ch.slice.Count <= 1 && ch.before.IsZero() && ch.list == ""
}

// filter says whether an entry's name is among those wanted.
func (ch *choice) filter() func(queue.ID) bool {
	inside := ch.slice.Filter()
	return func(id queue.ID) bool {
		return inside(id) && (ch.before.IsZero() || id.Received().Before(ch.before))
	}
}
