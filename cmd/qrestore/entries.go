package main

import (
	"slices"

	"switchboard/pkg/cmdline"
	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

// mostNamed is how many named entries wait for the rest of their group.
const mostNamed = 2048

// named are entries that were named one after the other and are dealt with
// together, as those of a queue are: of one queue, in one state.
type named struct {
	cmdline.Operand
	ids []queue.ID
}

// entry has one entry restored, or brought back.
func (r *restorer) entry(operand string) error {
	if r.c.IsSet("slice") {
		return cmdline.Usagef("%s: --slice is for a QUEUE", operand)
	}
	o, err := r.c.Entry(operand)
	if err != nil {
		return err
	}
	switch {
	case o.State == queue.Preserved:
	case o.State == queue.Ready && r.c.IsSet("to"), r.c.Bool("origin"):
		if o.State == queue.Stray {
			o.State = queue.Ready
		}
	case r.c.IsSet("to"):
		return cmdline.Usagef("%s: --to is for entries that were put aside", operand)
	default:
		if err := r.refuse(o.Dir.Path(), o.Settings); err != nil {
			return err
		}
		o.State = queue.InFlight
	}
	n := &r.named
	if n.Dir != o.Dir || n.State != o.State || len(n.ids) >= mostNamed || slices.Contains(n.ids, o.ID) {
		r.flush()
		n.Operand = o
	}
	n.ids = append(n.ids, o.ID)
	return nil
}

// flush deals with the entries that were named so far.
func (r *restorer) flush() {
	n := r.named
	if len(n.ids) == 0 || r.stopped != nil {
		return
	}
	r.named = named{}
	if n.State == queue.InFlight {
		o := r.options
		o.MaxRestores = r.c.MaxRestores(n.Settings)
		n.Dir.RestoreEntries(n.ids, o, r.done)
		return
	}
	n.Dir.BringBackEntries(n.ids, r.bringBack(n.Dir, n.State), r.done)
}

// bringBack moves entries to where they came from, or to --to.
func (r *restorer) bringBack(dir *queue.Dir, from queue.State) queue.BringBackOptions {
	known, knownErr := r.c.KnownQueues()
	target := func(id queue.ID, content *message.Content) (*queue.Dir, error) {
		to, err := r.c.String("to"), knownErr
		if to == "" && err == nil {
			to, err = dir.Origin(id, from, content, known)
		}
		if err != nil {
			return nil, err
		}
		// A running Mailman is no hindrance: to its runners this is new mail.
		q, _, err := r.c.Open(to)
		return q, err
	}
	return queue.BringBackOptions{From: from, Slice: r.options.Slice, Target: target, DryRun: r.options.DryRun}
}
