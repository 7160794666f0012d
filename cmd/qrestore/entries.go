package main

import (
	"fmt"
	"os"

	"switchboard/pkg/cmdline"
	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

// entry has one entry restored or released.
func (r *restorer) entry(operand string) error {
	if r.c.IsSet("slice") {
		return cmdline.Usagef("%s: --slice needs a QUEUE, not an entry", operand)
	}
	o, err := r.c.Entry(operand)
	if err != nil {
		return err
	}
	if o.State == queue.Stray && r.c.IsSet("to") && o.Dir.Has(o.ID, queue.Preserved) {
		o.State = queue.Preserved
	}
	switch {
	case o.State == queue.Preserved:
	case o.State == queue.Ready && r.c.IsSet("to"), r.c.Bool("origin"):
		if o.State == queue.Stray {
			o.State = queue.Ready
		}
	case r.c.IsSet("to"):
		return cmdline.Usagef("%s: --to is for preserved and shunted entries", operand)
	default:
		if err := r.refuse(o.Dir.Path(), o.Settings); err != nil {
			return err
		}
		o.State = queue.InFlight
		if !r.c.Bool("force") && !r.options.DryRun {
			if err := o.Dir.LockSliceOf(o.ID, o.State); err != nil {
				return err
			}
		}
	}
	if err := o.Look(o.State); err != nil {
		return err
	}
	r.named.Add(o)
	return nil
}

// group deals with entries of one queue that were named together.
func (r *restorer) group(of cmdline.Operand, ids []queue.ID) {
	if r.stopped != nil {
		return
	}
	if of.State == queue.InFlight {
		o := r.options
		o.MaxRestores = r.c.MaxRestores(of.Settings)
		of.Dir.RestoreEntries(ids, o, r.done)
		return
	}
	of.Dir.ReleaseEntries(ids, r.release(of.Dir, of.State), r.done)
}

// release moves entries to where they came from, or to --to.
func (r *restorer) release(dir *queue.Dir, from queue.State) queue.ReleaseOptions {
	known, knownErr := r.c.KnownQueues()
	target := func(id queue.ID, content *message.Content) (*queue.Dir, error) {
		if knownErr != nil {
			return nil, knownErr
		}
		// A running Mailman does not matter: to its runners this is new mail.
		if to := r.c.String("to"); to != "" {
			q, _, err := r.c.Open(to)
			return q, err
		}
		origin, err := dir.Origin(id, from, content, known)
		if err != nil {
			return nil, err
		}
		if origin.Gone != "" && r.c.Bool("verbose") && !r.gone[origin.Gone] {
			r.gone[origin.Gone] = true
			fmt.Fprintf(os.Stderr, "%s: %s does not exist: its entries go to %s\n",
				r.c.Name, cmdline.Printable(origin.Gone), cmdline.Printable(origin.Path))
		}
		return r.c.OpenOrigin(dir, origin)
	}
	return queue.ReleaseOptions{From: from, Slice: r.options.Slice, Target: target, DryRun: r.options.DryRun}
}
