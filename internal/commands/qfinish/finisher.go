package qfinish

import (
	"errors"

	"switchboard/internal/cmdline"
	"switchboard/pkg/queue"
)

// finisher finishes entries.
type finisher struct {
	*options
	c        *cmdline.Context
	groups   cmdline.Groups
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

// run finishes, requeues or preserves all operands.
func (f *finisher) run() error {
	f.groups.Do = f.group
	idle := func() {
		f.groups.Flush()
		f.c.Report(f.c.Sync())
	}
	err := f.c.Operands(f.c.Args, idle, func(path string) {
		o, err := f.c.Entry(path)
		if err == nil {
			err = f.finish(o)
		}
		f.c.Report(err)
	})
	idle()
	return err
}

// finish finishes or requeues an entry, or adds it to those that are handled together: a server
// answers once for many.
func (f *finisher) finish(o cmdline.Operand) error {
	if err := claimed(o); err != nil {
		return err
	}
	if _, many := o.Dir.(queue.View); many || f.preserve {
		o.State = queue.InFlight
		if err := o.LookHere(o.State); err != nil {
			return err
		}
		f.groups.Add(o)
		return nil
	}
	f.count()
	if f.requeue {
		return o.Explain(o.Dir.Requeue(o.ID), queue.InFlight)
	}
	return o.Explain(o.Dir.Finish(o.ID), queue.InFlight)
}

// group handles entries of one queue together.
func (f *finisher) group(of cmdline.Operand, ids []queue.ID) {
	done := func(r queue.Outcome, err error) {
		f.count()
		switch {
		case err != nil:
			f.c.Report(f.groups.Explain(r.ID, err))
		case r.Interrupted:
			f.c.Warn(&queue.Error{Path: r.From, Err: errors.New(r.Why())})
		}
	}
	if f.preserve {
		of.Dir.PreserveEntries(ids, done)
		return
	}
	of.Dir.(queue.View).EndEntries(ids, f.requeue, done)
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
