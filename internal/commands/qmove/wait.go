package qmove

import (
	"context"
	"errors"
	"time"

	"switchboard/internal/cmdline"
	"switchboard/pkg/config"
	"switchboard/pkg/queue"
	"switchboard/pkg/site"
)

// waiter moves what is chosen in a queue, and then what comes, until a signal.
type waiter struct {
	*mover
	dir      queue.Queue
	settings config.Queue
	drain    context.Context
	// failed are the entries that stay where they are: no other try would help.
	failed map[queue.ID]bool
	// passing is an error of the last pass that another try may not have, locked counts the
	// entries that others had locked.
	passing error
	locked  int
	// restores is how often entries in flight are restored, 0 for only at the start, and
	// restored is when that was last done. left means that a move has left some.
	restores time.Duration
	restored time.Time
	left     bool
}

// The first pause before another look at entries that were locked, and the last.
const (
	soon = 20 * time.Millisecond
	late = time.Second
)

// wait moves entries of the queue that the operand names until a signal.
func (o *options) wait(c *cmdline.Context) error {
	_, drain, _ := c.StopSignals("the moves")
	w := &waiter{drain: drain, failed: make(map[queue.ID]bool)}
	err := c.Patiently(drain, true, func() (err error) {
		if w.mover, err = newMover(c, o); err == nil {
			w.dir, w.settings, err = c.Open(c.Args[0])
		}
		return err
	})
	if drain.Err() != nil {
		return nil
	}
	if err != nil {
		return err
	}
	w.failing, w.drained = w.fail, drain.Err
	err = w.run()
	w.progress.Done()
	return errors.Join(err, c.Flush())
}

// run makes passes over the queue.
func (w *waiter) run() error {
	// The watch begins before the first pass, so that no entry between them is missed.
	watch := w.dir.Watch()
	defer watch.Close()
	outage, pause := w.c.Outage(), soon
	if l, ok := w.dir.(queue.Leaser); ok && w.relays(w.dir) {
		w.restores = l.HoldLeases() / 4
	}
	for {
		w.passing, w.locked = nil, 0
		if err := w.pass(); err != nil {
			return err
		}
		var err error
		switch {
		case w.drain.Err() != nil:
			return nil
		case w.passing != nil:
			outage.Wait(w.drain, w.passing)
			continue
		case w.locked > 0:
			// No event tells when a lock ends.
			err = w.watch(watch, pause)
			pause = min(2*pause, late)
		default:
			err = w.watch(watch, w.restores)
			pause = soon
		}
		outage.Over()
		if err != nil {
			return err
		}
	}
}

// watch waits for entries, but not longer than most unless that is 0.
func (w *waiter) watch(watch queue.Watch, most time.Duration) error {
	ctx := w.drain
	if most > 0 {
		limited, cancel := context.WithTimeout(ctx, most)
		defer cancel()
		ctx = limited
	}
	err := watch.Wait(ctx)
	switch {
	case ctx.Err() != nil:
		return nil
	case queue.Unavailable(err):
		w.passing = err
		return nil
	}
	return err
}

// pass moves what is chosen now. The error that it returns ends the command.
func (w *waiter) pass() error {
	if w.relays(w.dir) {
		if err := w.c.RefuseFar(w.source()); err != nil {
			return err
		}
		if err := w.restore(); err != nil {
			return err
		}
	}
	groups := cmdline.Groups{Do: func(of cmdline.Operand, ids []queue.ID) { w.group(of, ids, true) }}
	choice := w.chosen.Choice(queue.Ready, time.Now())
	err := choice.Each(w.dir, func(f queue.File) {
		if !w.failed[f.ID] && w.drain.Err() == nil && w.stopped == nil {
			o := w.source()
			o.ID, o.State = f.ID, f.State
			groups.Add(o)
		}
	}, func(err error) { w.fail(queue.Outcome{}, err) })
	groups.Flush()
	if queue.Unavailable(err) {
		w.passing, err = err, nil
	}
	// Paths must not wait for the next entry.
	return errors.Join(err, w.stopped, w.c.Flush())
}

// source is the queue as an operand.
func (w *waiter) source() cmdline.Operand {
	return cmdline.Operand{Path: w.c.Args[0], Dir: w.dir, Settings: w.settings, State: queue.Ready}
}

// fail handles the failure of a move. An entry that another try would not move is reported
// once and left alone.
func (w *waiter) fail(o queue.Outcome, err error) {
	switch {
	case errors.Is(err, site.ErrRunning):
		w.stopped = err
	case errors.Is(err, queue.ErrBusy):
		w.locked++
	case queue.Unavailable(err), w.c.Status(err) == cmdline.TempFail:
		w.passing, w.left = err, true
	default:
		w.c.Report(err)
		w.failed[o.ID] = true
	}
}

// restore makes entries ready again that a relay has left in flight, because it was killed or
// did not learn whether they are stored. A crash of a relay says nothing about the message, so
// there is no limit. Claims that somebody holds are left alone.
func (w *waiter) restore() error {
	first := w.restored.IsZero()
	if !first && !w.left && (w.restores == 0 || time.Since(w.restored) < w.restores) {
		return nil
	}
	w.restored, w.left = time.Now(), false
	done := func(o queue.Outcome, err error) {
		if err != nil && !errors.Is(err, queue.ErrBusy) {
			w.fail(o, err)
		}
	}
	o := queue.RestoreOptions{Slice: w.Slice.Value}
	restore := w.dir.Restore
	if l, ok := w.dir.(queue.Leaser); ok {
		restore = l.RestoreEnded
	}
	err := restore(o, done)
	if queue.Unavailable(err) {
		w.passing, w.left = err, true
		return nil
	}
	return err
}
