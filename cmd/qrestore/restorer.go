package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"switchboard/pkg/cmdline"
	"switchboard/pkg/queue"
)

// sweepAge is the age at which a temporary file is debris.
const sweepAge = time.Hour

// totals are what -v sums up.
type totals struct{ restored, preserved, failed int }

// restorer restores operands.
type restorer struct {
	c       *cmdline.Context
	options queue.RestoreOptions
	stopped error
	totals
	progress *cmdline.Progress
}

func (r *restorer) operand(operand string) {
	if r.stopped != nil {
		return
	}
	var err error
	if cmdline.EntryName(operand) {
		err = r.entry(operand)
	} else {
		err = r.queue(operand)
	}
	if err != nil {
		r.c.Report(err)
		r.failed++
	}
}

// queue restores a whole queue.
func (r *restorer) queue(operand string) error {
	dir, settings, err := r.c.Open(operand)
	if err != nil {
		return err
	}
	if r.c.Bool("origin") {
		ids, err := dir.List(queue.Ready, r.options.Slice.Filter())
		for _, id := range ids {
			r.bringBack(cmdline.Operand{Path: dir.EntryPath(id, queue.Ready), ID: id, State: queue.Ready, Dir: dir})
		}
		return err
	}
	if err := r.c.Refuse(dir.Path(), settings); err != nil {
		return err
	}
	if !r.c.Bool("force") {
		if err := dir.LockSlice(r.options.Slice, false); err != nil {
			return err
		}
	}
	o := r.options
	o.MaxRestores = r.c.MaxRestores(settings)
	err = dir.Restore(o, r.done)
	swept, sweepErr := dir.SweepTemporary(sweepAge, o.DryRun)
	if o.DryRun {
		for _, path := range swept {
			fmt.Fprintf(os.Stderr, "%s: would remove %s\n", r.c.Name, cmdline.Printable(path))
		}
	}
	return errors.Join(err, sweepErr)
}

// entry restores, or brings back, one entry.
func (r *restorer) entry(operand string) error {
	o, err := r.c.Entry(operand)
	if err != nil {
		return err
	}
	if o.State == queue.Preserved || r.c.Bool("origin") || o.State == queue.Ready && r.c.IsSet("to") {
		if o.State == queue.Stray {
			o.State = queue.Ready
		}
		r.bringBack(o)
		return nil
	}
	if r.c.IsSet("to") {
		return cmdline.Usagef("%s: --to is for entries that were put aside", operand)
	}
	if err := r.c.Refuse(o.Dir.Path(), o.Settings); err != nil {
		return err
	}
	options := r.options
	options.MaxRestores = r.c.MaxRestores(o.Settings)
	o.Dir.RestoreEntries([]queue.ID{o.ID}, options, r.done)
	return nil
}

// bringBack moves an entry to where it came from, or to --to.
func (r *restorer) bringBack(o cmdline.Operand) {
	to := r.c.String("to")
	if to == "" {
		known, err := r.c.KnownQueues()
		if err == nil {
			to, err = o.Dir.Origin(o.ID, o.State, known)
		}
		if err != nil {
			r.done(queue.Restored{}, err)
			return
		}
	}
	// A running Mailman is no hindrance: to its runners this is new mail.
	target, _, err := r.c.Open(to)
	if err != nil {
		r.done(queue.Restored{}, err)
		return
	}
	r.done(o.Dir.BringBack(o.ID, o.State, target, r.options.DryRun))
}

// done prints what became of an entry.
func (r *restorer) done(entry queue.Restored, err error) {
	switch {
	case err != nil:
		r.c.Report(err)
		r.failed++
		return
	case entry.Preserved:
		r.preserved++
		r.c.Warn(&queue.Error{Path: entry.From, Err: putAside(entry)})
	default:
		r.restored++
	}
	r.progress.Count(r.restored + r.preserved)
	if r.stopped == nil {
		r.stopped = r.c.Println(entry.To)
	}
}

func putAside(entry queue.Restored) error {
	if entry.Unreadable {
		return fmt.Errorf("cannot be read; put aside as %s", entry.To)
	}
	return fmt.Errorf("restored %d times; put aside as %s", entry.Restores, entry.To)
}
