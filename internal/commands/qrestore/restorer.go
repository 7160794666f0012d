package qrestore

import (
	"errors"
	"fmt"

	"switchboard/internal/cmdline"
	"switchboard/pkg/config"
	"switchboard/pkg/queue"
)

// totals are the numbers in the summary of -v.
type totals struct{ restored, released, preserved, failed int }

// restorer restores and releases the entries that operands name.
type restorer struct {
	*options
	c *cmdline.Context
	// restore has the options for restoring entries in flight.
	restore queue.RestoreOptions
	// stopped is the error after which nothing more can be printed, or nil.
	stopped error
	totals
	named cmdline.Groups
	// gone has the missing origins that -v has reported.
	gone     map[string]bool
	progress *cmdline.Progress
}

func newRestorer(c *cmdline.Context, o *options) *restorer {
	r := &restorer{
		options: o, c: c, gone: make(map[string]bool), progress: c.Progress("handled"),
		restore: queue.RestoreOptions{Slice: o.Slice.Value, MinAge: o.MinAge.Value, DryRun: o.DryRun},
	}
	r.named.Do = func(of cmdline.Operand, ids []queue.ID) { r.group(of, ids, false) }
	return r
}

// run handles all operands.
func (r *restorer) run() error {
	err := r.c.Operands(r.c.Args, r.idle, r.operand)
	r.named.Flush()
	r.progress.Done()
	if r.Verbose && !r.DryRun {
		r.c.Note(fmt.Sprintf("%d restored, %d released, %d preserved, %d left", r.restored, r.released, r.preserved, r.failed))
	}
	return errors.Join(err, r.stopped)
}

// operand handles one operand. It reports an error, so that the next operand is handled.
func (r *restorer) operand(operand string) {
	if r.stopped != nil {
		return
	}
	var err error
	if cmdline.EntryName(operand) {
		err = r.entry(operand)
	} else {
		r.named.Flush()
		err = r.queue(operand)
	}
	if err != nil {
		r.c.Report(err)
		r.failed++
	}
}

// idle completes and prints everything so far, before a read that waits for more input.
func (r *restorer) idle() {
	r.named.Flush()
	if r.stopped == nil {
		r.stopped = r.c.Flush()
	}
}

// refuse refuses a queue that a Mailman works on. A dry run changes nothing, so it
// only warns.
func (r *restorer) refuse(path string, settings config.Queue) error {
	err := r.c.Refuse(path, settings)
	if err != nil && r.DryRun {
		r.c.Warn(err)
		return nil
	}
	return err
}

// wasRestored prints what happened to an entry in flight.
func (r *restorer) wasRestored(entry queue.Outcome, err error) {
	r.done(&r.restored, "restore", entry, err)
}

// wasReleased prints what happened to a preserved or shunted entry.
func (r *restorer) wasReleased(entry queue.Outcome, err error) {
	r.done(&r.released, "release", entry, err)
}

func (r *restorer) done(count *int, verb string, entry queue.Outcome, err error) {
	switch {
	case err != nil:
		r.c.Report(err)
		r.failed++
		return
	case r.DryRun:
		r.would(verb, entry)
		return
	case entry.Preserved:
		r.preserved++
		r.c.Warn(&queue.Error{Path: entry.From, Err: errors.New(entry.Why())})
	default:
		*count++
	}
	r.progress.Count(r.restored + r.released + r.preserved)
	if r.stopped == nil {
		r.stopped = r.c.Println(entry.To)
	}
}

// would says what a dry run would have done. It says so on standard error, so that no pipe
// takes a path for that of an entry which is ready.
func (r *restorer) would(verb string, entry queue.Outcome) {
	switch {
	case entry.Interrupted:
		verb = "complete the interrupted move of"
	case entry.Preserved:
		verb = "preserve"
	}
	r.c.Note("would " + verb + " " + entry.From + " -> " + entry.To)
}
