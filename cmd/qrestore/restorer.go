package main

import (
	"errors"
	"fmt"
	"os"

	"switchboard/pkg/cmdline"
	"switchboard/pkg/config"
	"switchboard/pkg/queue"
)

// totals are what -v sums up.
type totals struct{ restored, preserved, failed int }

// restorer restores operands.
type restorer struct {
	c       *cmdline.Context
	options queue.RestoreOptions
	stopped error
	totals
	named cmdline.Groups
	// gone are the queues of which it was said that others stand in for them.
	gone     map[string]bool
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
		r.named.Flush()
		err = r.queue(operand)
	}
	if err != nil {
		r.c.Report(err)
		r.failed++
	}
}

// idle ends what was begun before a wait for more input.
func (r *restorer) idle() {
	r.named.Flush()
	if r.stopped == nil {
		r.stopped = r.c.Now()
	}
}

// queue restores a whole queue.
func (r *restorer) queue(operand string) error {
	dir, settings, err := r.c.Open(operand)
	if err != nil {
		return err
	}
	if r.c.Bool("origin") {
		return dir.Release(r.release(dir, queue.Ready), r.done)
	}
	if r.c.IsSet("to") {
		return cmdline.Usagef("%s: --to needs preserved entries as operands, or --origin and a shunt queue", operand)
	}
	if err := r.refuse(dir.Path(), settings); err != nil {
		return err
	}
	if !r.c.Bool("force") && !r.options.DryRun {
		if err := dir.LockSlice(r.options.Slice, false); err != nil {
			return err
		}
	}
	o := r.options
	o.MaxRestores = r.c.MaxRestores(settings)
	err = dir.Restore(o, r.done)
	swept, sweepErr := dir.SweepTemporary(queue.DebrisAge, o.DryRun)
	if o.DryRun {
		for _, path := range swept {
			fmt.Fprintf(os.Stderr, "%s: would remove %s\n", r.c.Name, cmdline.Printable(path))
		}
	}
	return errors.Join(err, sweepErr)
}

// refuse refuses a queue that a Mailman works on. A dry run only says so: it
// changes nothing.
func (r *restorer) refuse(path string, settings config.Queue) error {
	err := r.c.Refuse(path, settings)
	if err != nil && r.options.DryRun {
		r.c.Warn(err)
		return nil
	}
	return err
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
		r.c.Warn(&queue.Error{Path: entry.From, Err: errors.New(entry.Why())})
	default:
		r.restored++
	}
	r.progress.Count(r.restored + r.preserved)
	if r.stopped == nil {
		r.stopped = r.c.Println(entry.To)
	}
}
