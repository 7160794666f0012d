package main

import (
	"switchboard/pkg/cmdline"
	"switchboard/pkg/queue"
)

// finisher ends claims.
type finisher struct {
	c        *cmdline.Context
	progress *cmdline.Progress
	n        int
}

// claimed refuses an entry whose name says that it is in no state to be finished.
// One that says that it is ready was claimed since, unless it is ready: who names
// that file does not mean another one of its name, which is in flight.
func claimed(o cmdline.Operand) error {
	switch o.State {
	case queue.Stray, queue.InFlight:
		return nil
	case queue.Ready:
		if !o.Dir.Has(o.ID, queue.Ready) || !o.Dir.Has(o.ID, queue.InFlight) {
			return nil
		}
		return &queue.Error{Path: o.Path, Err: queue.ErrConflict, Remedy: "compare it with the .bak, and name that to finish it"}
	}
	return &queue.Error{Path: o.Path, Err: queue.ErrState}
}

func (f *finisher) count() {
	f.n++
	f.progress.Count(f.n)
}

// finish removes an entry, or makes it ready again.
func (f *finisher) finish(o cmdline.Operand) error {
	if err := claimed(o); err != nil {
		return err
	}
	f.count()
	if f.c.Bool("requeue") {
		return o.Dir.Requeue(o.ID)
	}
	return o.Dir.Finish(o.ID)
}

// preserve puts the entries aside that operands name.
func (f *finisher) preserve(operands []string) error {
	groups := cmdline.Groups{Do: func(of cmdline.Operand, ids []queue.ID) {
		of.Dir.PreserveEntries(ids, func(_ queue.Restored, err error) {
			f.count()
			if err != nil {
				f.c.Report(err)
			}
		})
	}}
	err := f.c.Operands(operands, groups.Flush, func(path string) {
		o, err := f.c.Entry(path)
		if err == nil {
			err = claimed(o)
		}
		if err != nil {
			f.c.Report(err)
			return
		}
		o.State = queue.InFlight
		if err := o.Dir.Look(o.ID, o.State); err != nil {
			f.c.Report(err)
			return
		}
		groups.Add(o)
	})
	groups.Flush()
	return err
}
