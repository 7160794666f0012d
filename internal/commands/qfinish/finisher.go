package qfinish

import (
	"errors"

	"switchboard/internal/cmdline"
	"switchboard/pkg/queue"
)

// finisher finishes entries.
type finisher struct {
	c *cmdline.Context
	// requeue means that entries are made ready again instead.
	requeue  bool
	progress *cmdline.Progress
	n        int
}

// claimed refuses an entry whose extension is not that of a claimed one. The name of a
// ready entry is accepted if the entry has been claimed since. If the ready file exists as
// well, there are two entries, and claimed cannot know which one is meant.
func claimed(o cmdline.Operand) error {
	if err := o.CheckGeneration(); err != nil {
		return err
	}
	switch o.State {
	case queue.Stray, queue.InFlight:
		return nil
	case queue.Ready:
		if !o.Dir.Has(o.ID, queue.Ready) || !o.Dir.Has(o.ID, queue.InFlight) {
			return nil
		}
		return &queue.Error{Path: o.Path, Err: queue.ErrConflict, Remedy: "compare the two files; to finish the entry that is in flight, name its .bak"}
	}
	return o.Look(queue.InFlight)
}

func (f *finisher) count() {
	f.n++
	f.progress.Count(f.n)
}

// finish finishes or requeues an entry.
func (f *finisher) finish(o cmdline.Operand) error {
	if err := claimed(o); err != nil {
		return err
	}
	f.count()
	if f.requeue {
		return o.Explain(o.Dir.Requeue(o.ID), queue.InFlight)
	}
	return o.Explain(o.Dir.Finish(o.ID), queue.InFlight)
}

// would says what a dry run would do with an entry.
func (f *finisher) would(verb string, o cmdline.Operand) error {
	if err := claimed(o); err != nil {
		return err
	}
	if err := o.Look(queue.InFlight); err != nil {
		return err
	}
	if f.requeue && o.Dir.Has(o.ID, queue.Ready) {
		return &queue.Error{Path: o.Path, Err: queue.ErrConflict}
	}
	f.c.Note("would " + verb + " " + o.Dir.EntryPath(o.ID, queue.InFlight))
	return nil
}

// preserve preserves the entries that operands name.
func (f *finisher) preserve(operands []string) error {
	groups := cmdline.Groups{Do: func(of cmdline.Operand, ids []queue.ID) {
		of.Dir.PreserveEntries(ids, func(r queue.Outcome, err error) {
			f.count()
			switch {
			case err != nil:
				f.c.Report(err)
			case r.Interrupted:
				f.c.Warn(&queue.Error{Path: r.From, Err: errors.New(r.Why())})
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
		if err := o.Look(o.State); err != nil {
			f.c.Report(err)
			return
		}
		groups.Add(o)
	})
	groups.Flush()
	return err
}
