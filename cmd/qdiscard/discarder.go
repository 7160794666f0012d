package main

import (
	"fmt"

	"switchboard/pkg/cmdline"
	"switchboard/pkg/queue"
)

// discarder discards the entries that operands name.
type discarder struct {
	*options
	c        *cmdline.Context
	named    cmdline.Groups
	progress *cmdline.Progress
	n        int
}

func newDiscarder(c *cmdline.Context, o *options) *discarder {
	d := &discarder{options: o, c: c, progress: c.Progress("discarded")}
	d.named.Do = d.group
	return d
}

// run discards all operands.
func (d *discarder) run() error {
	err := d.c.Operands(d.c.Args, d.named.Flush, func(operand string) {
		if err := d.add(operand); err != nil {
			d.c.Report(err)
		}
	})
	d.named.Flush()
	d.progress.Done()
	if d.n > 0 {
		d.c.Note(fmt.Sprintf("%d discarded", d.n))
	}
	return err
}

// add adds one entry to a group that is discarded together.
func (d *discarder) add(operand string) error {
	o, err := d.c.Entry(operand)
	if err != nil {
		return err
	}
	if o.State, err = o.Unclaimed(); err != nil {
		return err
	}
	d.named.Add(o)
	return nil
}

// group discards entries of one queue.
func (d *discarder) group(of cmdline.Operand, ids []queue.ID) {
	if err := d.c.RefuseVanishing(of); err != nil {
		d.c.Report(err)
		return
	}
	of.Dir.Discard(ids, queue.DiscardOptions{From: of.State, DryRun: d.DryRun}, d.discarded)
}

// discarded tells what happened to an entry.
func (d *discarder) discarded(o queue.Outcome, err error) {
	switch {
	case err != nil:
		d.c.Report(err)
	case d.DryRun && o.Interrupted:
		d.c.Note("would complete the interrupted move of " + o.From + " -> " + o.To)
	case d.DryRun:
		d.c.Note("would discard " + o.From)
	default:
		d.n++
		d.progress.Count(d.n)
	}
}
