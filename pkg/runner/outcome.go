package runner

import (
	"errors"
	"time"

	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

// apply finishes, requeues, moves or restores an entry, as its judgement requires. If the
// outcome is not durable yet, apply returns a function that tells it, to be called once
// the queue has been synced.
func (r *run) apply(claim *queue.Claim, j judgement) (tell func()) {
	switch {
	case j.notBegun != nil:
		return r.leaveUnbegun(claim, j.notBegun)
	case j.Err != nil:
		r.fail(j.Err)
		if j.Kind == "" {
			return r.requeue(claim, j.Verdict, nil)
		}
	}
	r.errs = 0
	if j.interrupted {
		r.stopping, r.told = true, true
	}
	if r.most = 0; j.Pause > 0 {
		r.pause(j.Pause)
	}
	if j.Before != nil && j.Kind != Kept {
		r.flush()
		if err := j.Before(claim); err != nil {
			r.o.Report(err)
			return r.requeue(claim, j.Verdict, nil)
		}
	}
	o := Outcome{
		ID: claim.ID, Kind: j.Kind, From: claim.Path(), Why: j.Why, Ran: true, Exit: j.exit,
		Restores: claim.Content.Restores(), Elapsed: j.elapsed, Detail: j.Detail,
	}
	switch j.Kind {
	case Shunted:
		r.countFailure(o.ID)
	case Finished, Deferred, Retried:
		r.failures.end()
	}
	switch j.Kind {
	case Finished:
		return r.finish(claim, o)
	case Shunted, Retried:
		return r.moveAway(claim, j.Set, o)
	case Restored:
		r.crashed(claim, o)
		r.countFailure(o.ID)
	case Preserved:
		r.preserve(claim, errors.New(j.Why), o)
	case Kept:
		return r.requeue(claim, j.Verdict, &o)
	default:
		o.Kind = Deferred
		o.Why = join(o.Why, "requeued")
		return r.requeue(claim, j.Verdict, &o)
	}
	return nil
}

// join adds to the reason of an outcome what was done.
func join(why, did string) string {
	if why == "" {
		return did
	}
	return why + "; " + did
}

// finish finishes an entry.
func (r *run) finish(claim *queue.Claim, o Outcome) (tell func()) {
	if err := claim.Finish(); err != nil {
		r.unmoved(o.ID, err)
		return nil
	}
	return func() {
		claim.Trace()
		r.done(o)
	}
}

// moveAway moves an entry to the shunt or the retry queue.
func (r *run) moveAway(claim *queue.Claim, set []message.Setting, o Outcome) (tell func()) {
	move := claim.Shunt
	if o.Kind == Retried {
		move = claim.Retry
	}
	r.flush()
	to, err := move(set...)
	if err := errors.Join(err, claim.Close()); err != nil {
		r.unmoved(o.ID, err)
		return nil
	}
	o.To, o.Why = to, join(o.Why, "moved to "+to)
	return func() { r.done(o) }
}

// unmoved handles the failure to finish or move an entry. A function has handled it, and will
// handle it again after the next start. If the disk is full or broken, the same would happen
// to every entry, so the run of a function ends. A command may have done no harm, and goes on.
func (r *run) unmoved(id queue.ID, err error) {
	ofEntry := errors.Is(err, queue.ErrConflict) || errors.Is(err, queue.ErrState) || errors.Is(err, queue.ErrStray)
	if r.o.Handler == nil || ofEntry || r.waitsFor(err) {
		r.leaveAlone(id, err)
		return
	}
	r.fail(err)
}

// leaveAlone reports that an entry could not be finished or moved. The entry is left alone
// for a while even so: if the command requeued its own entry, the run would try it again
// and again.
func (r *run) leaveAlone(id queue.ID, err error) {
	r.schedule.after(id, time.Now())
	r.o.Report(err)
}

// requeue requeues an entry and leaves it alone for a while. o is nil if the reason is a
// failure that has been reported.
func (r *run) requeue(claim *queue.Claim, v Verdict, o *Outcome) (tell func()) {
	switch now := time.Now(); {
	case v.Pause > 0 && r.resume.After(v.Until):
		r.schedule.until(claim.ID, r.resume)
	case v.Until.After(now):
		r.schedule.until(claim.ID, v.Until)
	default:
		r.schedule.after(claim.ID, now)
	}
	if err := claim.Requeue(); err != nil {
		r.o.Report(err)
		return nil
	}
	if o == nil {
		return claim.Trace // the failure is reported
	}
	if o.Kind != Kept {
		r.Waiting++
	}
	o.To = r.dir.EntryPath(claim.ID, queue.Ready)
	return func() {
		claim.Trace()
		r.done(*o)
	}
}

// leaveUnbegun requeues an entry with which its worker could not begin, or preserves it if
// it turned out to be malformed.
func (r *run) leaveUnbegun(claim *queue.Claim, why error) (tell func()) {
	if errors.Is(why, message.ErrMalformed) {
		r.preserve(claim, why, Outcome{ID: claim.ID, From: claim.Path()})
		return nil
	}
	// There may be room for a shorter message, and later for this one.
	err := &queue.Error{Path: claim.Path(), Err: why}
	r.o.Report(err)
	r.notBegun(err)
	return r.requeue(claim, Verdict{}, nil)
}

// preserve preserves an entry that turned out to be malformed.
func (r *run) preserve(claim *queue.Claim, why error, o Outcome) {
	r.flush()
	to, err := claim.Preserve()
	if err != nil {
		r.o.Report(errors.Join(&queue.Error{Path: o.From, Err: why}, err))
		return
	}
	o.Kind, o.To, o.Why = Preserved, to, join(queue.Cause(why).Error(), "preserved as "+to)
	r.done(o)
}

// done counts an outcome and tells it.
func (r *run) done(o Outcome) {
	r.Totals.add(o.Kind)
	switch o.Kind {
	case Finished, Shunted, Preserved:
		r.schedule.forget(o.ID)
	case Retried:
		// Feed may bring it back before it is due.
		r.schedule.after(o.ID, time.Now())
	}
	if err := r.o.Outcome(o); err != nil {
		r.fail(err)
	}
}
