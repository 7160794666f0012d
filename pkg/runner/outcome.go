package runner

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

// apply finishes, requeues, shunts or restores an entry, as the result requires. If the
// outcome is not durable yet, apply returns a function that tells it, to be called once
// the queue has been synced.
func (r *run) apply(res result) (tell func()) {
	id := res.claim.ID
	o := Outcome{
		ID: id, From: res.claim.Path(), Ran: res.ran(), Status: res.status.ExitStatus(),
		TimedOut: res.timedOut, Restores: res.claim.Content.Restores(), Elapsed: res.elapsed,
	}
	switch {
	case res.lost != nil:
		o.Status = -1
	case res.status.Signaled():
		o.Status, o.Signal = -1, res.status.Signal()
		// If a whole service is stopped, the signal may reach its command before us.
		r.askedToStop()
	}
	if !o.Ran {
		return r.notRun(res)
	}
	r.errs = 0
	interrupted := o.Signal != nil && res.foreground && byKeyboard(res.status.Signal()) && !res.timedOut
	if interrupted {
		r.stopping, r.told = true, true
	}
	switch {
	case r.o.Keep:
		o.Kind, o.Why = Kept, res.how(r.o.Timeout)
		return r.requeue(res.claim, &o)
	case interrupted, res.stopped, o.Signal != nil && r.stopping && endsWithUs(res.status.Signal()):
		o.Kind, o.Why = Deferred, "stopped; requeued"
		return r.requeue(res.claim, &o)
	case res.timedOut, o.Signal != nil, res.lost != nil:
		r.crashed(res, o, res.how(r.o.Timeout))
		r.countFailure(id)
		return nil
	}
	if o.Status == 0 || o.Status == deferStatus {
		r.failures.end()
	} else {
		r.countFailure(id)
	}
	switch o.Status {
	case 0:
		if err := res.claim.Finish(); err != nil {
			r.leaveAlone(id, err)
			return nil
		}
		o.Kind = Finished
		return func() {
			res.claim.Trace()
			r.done(o)
		}
	case deferStatus:
		o.Kind, o.Why = Deferred, "COMMAND exited 75; requeued"
		return r.requeue(res.claim, &o)
	}
	r.flush()
	to, err := res.claim.Shunt()
	if err := errors.Join(err, res.claim.Close()); err != nil {
		r.leaveAlone(id, err)
		return nil
	}
	o.Kind, o.To = Shunted, to
	o.Why = fmt.Sprintf("COMMAND exited %d; moved to %s", o.Status, to)
	return func() { r.done(o) }
}

// how describes how a command ended.
func (r result) how(timeout time.Duration) string {
	switch {
	case r.timedOut:
		return fmt.Sprintf("COMMAND took more than %v", timeout)
	case r.lost != nil:
		return "cannot tell how COMMAND ended: " + r.lost.Error()
	case r.status.Signaled():
		return "COMMAND was killed by " + SignalName(r.status.Signal())
	}
	return fmt.Sprintf("COMMAND exited %d", r.status.ExitStatus())
}

// leaveAlone reports that an entry could not be finished or shunted. The entry is left
// alone for a while even so: if the command requeued its own entry, the run would try it
// again and again.
func (r *run) leaveAlone(id queue.ID, err error) {
	r.schedule.after(id, time.Now())
	r.o.Report(err)
}

// deferStatus is EX_TEMPFAIL of sysexits.h: the command asks for another try.
const deferStatus = 75

// endsWithUs reports whether a signal is one that stops a whole service or session.
func endsWithUs(s syscall.Signal) bool {
	return s == syscall.SIGTERM || byKeyboard(s)
}

// requeue requeues an entry and leaves it alone for a while. o is nil if the reason is a
// failure that has been reported.
func (r *run) requeue(claim *queue.Claim, o *Outcome) func() {
	id := claim.ID
	r.schedule.after(id, time.Now())
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
	o.To = r.dir.EntryPath(id, queue.Ready)
	return func() {
		claim.Trace()
		r.done(*o)
	}
}

// notRun requeues an entry whose command has not run, or preserves it if it turned out
// to be malformed.
func (r *run) notRun(res result) func() {
	switch {
	case res.start != nil:
		r.fail(res.start)
	case errors.Is(res.given, message.ErrMalformed):
		r.preserve(res.claim, res.given)
		return nil
	default:
		// There may be room for a shorter message, and later for this one.
		err := &queue.Error{Path: res.claim.Path(), Err: res.given}
		r.o.Report(err)
		r.notBegun(err)
	}
	return r.requeue(res.claim, nil)
}

// preserve preserves an entry that turned out to be malformed.
func (r *run) preserve(claim *queue.Claim, why error) {
	r.flush()
	from := claim.Path()
	to, err := claim.Preserve()
	if err != nil {
		r.o.Report(errors.Join(&queue.Error{Path: from, Err: why}, err))
		return
	}
	r.done(Outcome{ID: claim.ID, Kind: Preserved, From: from, To: to, Why: queue.Cause(why).Error() + "; preserved as " + to})
}

// done counts an outcome and tells it.
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

// SignalName returns the name of a signal, such as SIGKILL, or a description if it has no
// name.
func SignalName(s os.Signal) string {
	if number, ok := s.(syscall.Signal); ok {
		if name := unix.SignalName(number); name != "" {
			return name
		}
	}
	return s.String()
}
