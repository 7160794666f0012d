package runner

import (
	"time"
)

// await waits, after a pass, for a reason to go through the queue once more. It is false
// when there is none and nothing runs any more.
func (r *run) await(changes <-chan error) bool {
	for again := false; !again; {
		switch {
		case r.running == 0 && r.stopping:
			return false
		case r.running == 0 && r.retry && !r.claimed:
			time.Sleep(dying / 50)
			return true
		case r.running == 0 && !r.o.Wait:
			// What became ready in the meantime, a crash's second chance among it.
			return r.claimed
		case r.stopping || !r.o.Wait:
			r.wait(nil, nil)
		default:
			again = r.waitForMore(changes)
		}
	}
	return true
}

// waitForMore is wait for a change of the queue, too, and for the time at which an entry
// that was requeued may be tried again.
func (r *run) waitForMore(changes <-chan error) (again bool) {
	var due <-chan time.Time
	if d, ok := r.schedule.wait(time.Now()); ok {
		t := time.NewTimer(d)
		defer t.Stop()
		due = t.C
	}
	return r.wait(changes, due)
}

// wait waits for one thing to happen, and sees to it. again says that the queue may now
// have something to claim.
func (r *run) wait(changes <-chan error, due <-chan time.Time) (again bool) {
	select {
	case res := <-r.results:
		r.conclude(res)
	case <-r.drain:
		r.stopClaiming()
	case <-r.end:
		r.stopCommands()
	case err := <-changes:
		if err != nil {
			r.fail(err)
			return false
		}
		r.retryHeld()
		return true
	case <-due:
		return true
	}
	return false
}

// fail ends the run, once what runs has ended.
func (r *run) fail(err error) {
	if r.failed == nil {
		r.failed = err
	}
	r.stopping = true
}

// askedToStop sees whether the caller has asked the run to stop.
func (r *run) askedToStop() bool {
	select {
	case <-r.end:
		r.stopCommands()
	case <-r.drain:
		r.stopClaiming()
	default:
	}
	return r.stopping
}

// stopClaiming is for Options.Drain. A run that is ending already does what there is
// left to do: it tells the commands to end.
func (r *run) stopClaiming() {
	if r.stopping {
		r.endCommands()
	}
	r.drain, r.stopping, r.told = nil, true, true
	if r.o.Draining != nil && r.commands.Err() == nil {
		r.o.Draining(r.running)
	}
}

// stopCommands is for the end of Run's context, which is the commands' as well.
func (r *run) stopCommands() {
	r.drain, r.end, r.stopping, r.told = nil, nil, true, true
}
