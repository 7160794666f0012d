package main

import (
	"time"

	"switchboard/pkg/queue"
)

// choice says which entries to show.
type choice struct {
	states []queue.State
	slice  queue.Slice
	// before is the time before which wanted entries were received, zero for any.
	before time.Time
	list   string
}

func (o *options) choice() choice {
	ch := choice{states: o.state.Value.all, slice: o.Slice.Value, list: o.list}
	if o.count.Given {
		ch.states = o.count.Value.all
	}
	if o.olderThan.Given {
		ch.before = time.Now().Add(-o.olderThan.Value)
	}
	return ch
}

// everything reports whether no option except --state restricts the choice.
func (ch *choice) everything() bool {
	return ch.slice.Count <= 1 && ch.before.IsZero() && ch.list == ""
}

// filter returns a function that reports, by its name, whether an entry is wanted. It
// returns nil if all are.
func (ch *choice) filter() func(queue.ID) bool {
	if ch.slice.Count <= 1 && ch.before.IsZero() {
		return nil
	}
	inside := ch.slice.Filter()
	return func(id queue.ID) bool {
		return inside(id) && (ch.before.IsZero() || id.Received().Before(ch.before))
	}
}
