package main

import (
	"time"

	"switchboard/pkg/cmdline"
	"switchboard/pkg/queue"
)

// choice is which entries are wanted.
type choice struct {
	state queue.State
	slice queue.Slice
	// before is the latest time in a name, zero for any.
	before time.Time
	list   string
}

// parse reads the options that choose, and refuses those that don't go
// together.
func parse(c *cmdline.Context) (*choice, error) {
	modes := 0
	for _, name := range []string{"long", "entries", "count", "check"} {
		if c.IsSet(name) {
			modes++
		}
	}
	plugin := c.IsSet("warning") || c.IsSet("critical")
	if plugin {
		modes++
	}
	if modes > 1 {
		return nil, cmdline.Usagef("one of -l, -e, --count, --check and -w or -c")
	}
	entries := c.Bool("long") || c.Bool("entries")
	for _, name := range []string{"older-than", "list", "state"} {
		if c.IsSet(name) && !entries && (name == "state" || !c.IsSet("count")) {
			return nil, cmdline.Usagef("--%s chooses among entries: it goes with -l, -e or --count", name)
		}
	}
	if c.IsSet("slice") && c.Bool("check") {
		return nil, cmdline.Usagef("--check is of all of a queue, strays included: not with --slice")
	}
	ch := &choice{list: c.String("list")}
	var err error
	state := c.String("state")
	if c.IsSet("count") {
		state = c.String("count")
	}
	if ch.state, err = queue.ParseState(state); err != nil {
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

// filter says whether an entry's name is among those wanted.
func (ch *choice) filter() func(queue.ID) bool {
	inside := ch.slice.Filter()
	return func(id queue.ID) bool {
		return inside(id) && (ch.before.IsZero() || id.Received().Before(ch.before))
	}
}
