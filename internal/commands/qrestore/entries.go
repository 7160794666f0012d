package qrestore

import (
	"switchboard/internal/cmdline"
	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

// entry adds one entry to a group that is restored or released together.
func (r *restorer) entry(operand string) error {
	if err := r.chosen.CheckEntry(operand); err != nil {
		return err
	}
	o, err := r.c.Entry(operand)
	if err != nil {
		return err
	}
	if o.State == queue.Stray && r.To != "" && o.Dir.Has(o.ID, queue.Preserved) {
		o.State = queue.Preserved
	}
	switch {
	case o.State == queue.Preserved:
	case o.State == queue.Ready && r.To != "", r.origin:
		if o.State == queue.Stray {
			o.State = queue.Ready
		}
	case r.To != "":
		return cmdline.Usagef("%s: --to is for preserved and shunted entries", operand)
	default:
		if err := r.refuse(o.Dir.Path(), o.Settings); err != nil {
			return err
		}
		o.State = queue.InFlight
		if !r.Force && !r.DryRun {
			if err := o.Dir.LockSliceOf(o.ID, o.State); err != nil {
				return err
			}
		}
	}
	if err := o.LookHere(o.State); err != nil {
		return err
	}
	r.named.Add(o)
	return nil
}

// group handles entries of one queue together. listed means that nobody named them.
func (r *restorer) group(of cmdline.Operand, ids []queue.ID, listed bool) {
	if r.stopped != nil {
		return
	}
	if of.State == queue.InFlight {
		o := r.restore
		o.MaxRestores, o.Listed = r.c.MaxRestores(of.Settings), listed
		of.Dir.RestoreEntries(ids, o, func(e queue.Outcome, err error) { r.wasRestored(e, r.named.Explain(e.ID, err)) })
		return
	}
	o := r.release(of.Dir, of.State)
	o.Listed = listed
	of.Dir.ReleaseEntries(ids, o, func(e queue.Outcome, err error) { r.wasReleased(e, r.named.Explain(e.ID, err)) })
}

// release returns the options for releasing entries of dir to --to or to their origins.
func (r *restorer) release(dir queue.Queue, from queue.State) queue.ReleaseOptions {
	known, knownErr := r.c.KnownQueues(dir)
	target := func(id queue.ID, content *message.Content) (queue.Queue, error) {
		if knownErr != nil {
			return nil, knownErr
		}
		// A running Mailman does not matter: to its runners this is new mail.
		if r.To != "" {
			q, _, err := r.c.Open(r.To)
			return q, err
		}
		origin, err := dir.Origin(id, from, content, known)
		if err != nil {
			return nil, err
		}
		if origin.Gone != "" && r.Verbose && !r.gone[origin.Gone] {
			r.gone[origin.Gone] = true
			r.c.Note(origin.Gone + " does not exist: its entries go to " + origin.Path)
		}
		return r.c.OpenOrigin(dir, origin)
	}
	return queue.ReleaseOptions{From: from, Slice: r.Slice.Value, Target: target, DryRun: r.DryRun}
}
