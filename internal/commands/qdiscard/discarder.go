package qdiscard

import (
	"fmt"
	"time"

	"switchboard/internal/cmdline"
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
	d.named.Do = func(of cmdline.Operand, ids []queue.ID) { d.group(of, ids, false) }
	return d
}

// run discards all operands.
func (d *discarder) run() error {
	err := d.c.Operands(d.c.Args, d.named.Flush, func(operand string) {
		if err := d.operand(operand); err != nil {
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

// operand discards the chosen entries of a queue, or one entry.
func (d *discarder) operand(operand string) error {
	if !d.chosen.Given() {
		o, err := d.c.Unclaimed(operand)
		if err == nil {
			d.named.Add(o)
		}
		return err
	}
	return d.c.Chosen(operand, d.chosen.Choice(queue.Ready, time.Now()), func(of cmdline.Operand, ids []queue.ID) { d.group(of, ids, true) })
}

// group discards entries of one queue. listed means that nobody named them.
func (d *discarder) group(of cmdline.Operand, ids []queue.ID, listed bool) {
	if err := d.c.RefuseVanishing(of); err != nil {
		d.c.Report(err)
		return
	}
	of.Dir.Discard(ids, queue.DiscardOptions{From: of.State, DryRun: d.DryRun, Listed: listed}, d.discarded)
}

// discarded tells what happened to an entry.
func (d *discarder) discarded(o queue.Outcome, err error) {
	switch {
	case err != nil:
		d.c.Report(d.named.Explain(o.ID, err))
	case d.DryRun && o.Interrupted:
		d.c.Note("would complete the interrupted move of " + o.From + " -> " + o.To)
	case d.DryRun:
		d.c.Note("would discard " + o.From)
	default:
		d.n++
		d.progress.Count(d.n)
	}
}
