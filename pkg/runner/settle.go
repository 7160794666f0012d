package runner

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

// settle settles what a command's end means for its entry, and for those of the
// commands that ended meanwhile: they share a sync.
func (r *run) settle(first result) {
	var finished []func()
	one := func(res result) {
		r.running--
		os.Remove(res.metadata)
		if told := r.decide(res); told != nil {
			finished = append(finished, told)
		}
	}
	one(first)
	for more := true; more; {
		select {
		case res := <-r.results:
			one(res)
		default:
			more = false
		}
	}
	if err := r.dir.Sync(); err != nil {
		r.fail(err) // what was done may be undone: nothing is told
		return
	}
	for _, told := range finished {
		told()
	}
}

// decide does what the result means. What it returns, if anything, is to be called
// once the queue has been synced.
func (r *run) decide(res result) func() {
	id := res.claim.ID
	o := Outcome{
		ID: id, From: res.claim.Path(), Ran: res.start == nil, Status: res.status.ExitStatus(),
		TimedOut: res.timedOut, Restores: res.claim.Content.Restores(), Elapsed: res.elapsed,
	}
	if res.status.Signaled() {
		o.Status, o.Signal = -1, res.status.Signal()
	}
	later := func(o Outcome) func() { return func() { r.done(o) } }
	switch {
	case res.start != nil:
		r.fail(res.start)
		return r.putBack(res.claim, nil)
	case res.feed != nil:
		return r.unfed(res, o)
	case res.stopped, o.Signal != nil && r.stopping && endsWithUs(res.status.Signal()):
		o.Kind, o.Why = Deferred, "stopped; put back"
		return r.putBack(res.claim, &o)
	case res.timedOut:
		r.crashed(res, o, fmt.Sprintf("COMMAND took more than %v", r.o.Timeout))
		return nil
	case o.Signal != nil:
		r.crashed(res, o, "COMMAND was killed by "+SignalName(res.status.Signal()))
		return nil
	case o.Status == 0:
		if err := errors.Join(r.dir.Finish(id), res.claim.Close()); err != nil {
			r.unsettled(id, err)
			return nil
		}
		o.Kind = Finished
		return later(o)
	case o.Status == deferStatus:
		o.Kind, o.Why = Deferred, "COMMAND exited 75; put back"
		return r.putBack(res.claim, &o)
	}
	to, err := res.claim.Shunt()
	if err := errors.Join(err, res.claim.Close()); err != nil {
		r.unsettled(id, err)
		return nil
	}
	o.Kind, o.To = Shunted, to
	o.Why = fmt.Sprintf("COMMAND exited %d; moved to %s", o.Status, to)
	return later(o)
}

// unsettled is for an entry that could not be settled. Wherever it is, it must
// not be tried again and again: a command may have put its own entry back.
func (r *run) unsettled(id queue.ID, err error) {
	r.schedule.after(id, time.Now())
	r.o.Report(err)
}

// deferStatus is EX_TEMPFAIL of sysexits.h.
const deferStatus = 75

// endsWithUs says whether a signal is one that stops a service or a session as
// a whole.
func endsWithUs(s syscall.Signal) bool {
	return s == syscall.SIGTERM || s == syscall.SIGINT || s == syscall.SIGHUP
}

// putBack makes an entry ready, uncounted, and leaves it alone for a while.
func (r *run) putBack(claim *queue.Claim, o *Outcome) func() {
	id := claim.ID
	r.schedule.after(id, time.Now())
	if err := claim.PutBack(); err != nil {
		r.o.Report(err)
		return nil
	}
	r.Waiting++
	if o == nil {
		return nil
	}
	o.To = r.dir.EntryPath(id, queue.Ready)
	return func() { r.done(*o) }
}

// noMetadata is for a claim whose metadata could not be written down.
func (r *run) noMetadata(claim *queue.Claim, err error) {
	if errors.Is(err, message.ErrMalformed) {
		r.preserve(claim, err)
		return
	}
	// The disk for temporary files is full, and will be for the next one.
	r.putBack(claim, nil)
	r.fail(err)
}

// unfed is for an entry whose message could not be read to its end.
func (r *run) unfed(res result, o Outcome) func() {
	if errors.Is(res.feed, message.ErrMalformed) {
		r.preserve(res.claim, res.feed)
		return nil
	}
	r.o.Report(&queue.Error{Path: o.From, Err: res.feed})
	return r.putBack(res.claim, nil)
}

// preserve puts an entry aside that turned out to be malformed.
func (r *run) preserve(claim *queue.Claim, why error) {
	from := claim.Path()
	to, err := claim.Preserve()
	if err != nil {
		r.o.Report(errors.Join(&queue.Error{Path: from, Err: why}, err))
		return
	}
	r.done(Outcome{ID: claim.ID, Kind: Preserved, From: from, To: to, Why: queue.Cause(why).Error() + "; put aside as " + to})
}

// done tells of an outcome.
func (r *run) done(o Outcome) {
	r.Totals.add(o.Kind)
	switch o.Kind {
	case Finished, Shunted, Preserved:
		r.schedule.forget(o.ID)
	}
	if err := r.o.Outcome(o); err != nil {
		r.fail(err)
	}
}
