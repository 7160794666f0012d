package runner

import (
	"errors"
	"iter"
	"time"

	"switchboard/pkg/queue"
)

// pass goes through the queue once: it claims each ready entry that the schedule does not
// leave alone, and has it handled. It returns when all are claimed, or the run pauses or is
// stopping. Some entries may still be being handled then.
func (r *run) pass() {
	now := time.Now()
	r.schedule.begin(now)
	r.claimed, r.busy = false, false
	r.resumes(now)
	if !r.mayClaim() || !r.feed() {
		return
	}
	for claim, err := range r.claims(now) {
		if err != nil {
			r.unclaimed(err)
		} else {
			r.answered()
			r.take(claim)
		}
		if !r.mayClaim() {
			return
		}
	}
	r.answered()
}

// claims claims the entries of a pass.
func (r *run) claims(now time.Time) iter.Seq2[*queue.Claim, error] {
	if r.o.Only == nil {
		return r.dir.Pass(r.o.Slice, func(id queue.ID) bool { return r.schedule.skip(id, now) })
	}
	return func(yield func(*queue.Claim, error) bool) {
		// One that is locked is added to r.only again, for the next pass.
		for range len(r.only) {
			id := r.only[0]
			r.only = r.only[1:]
			claim, err := r.dir.Dequeue(id)
			if err != nil {
				err = &queue.ClaimError{ID: id, Err: err}
			}
			if !yield(claim, err) {
				return
			}
		}
	}
}

// await waits, after a pass, for a reason to go through the queue once more. It returns
// false when there is none and nothing runs any more.
func (r *run) await(changes <-chan error) bool {
	r.startNext()
	for again := false; !again; {
		switch {
		case r.running == 0 && r.stopping:
			return false
		case r.running == 0 && r.busy && !r.claimed:
			r.flush()
			time.Sleep(betweenLooks)
			return true
		case r.running == 0 && !r.o.Wait:
			// Entries may have become ready in the meantime, such as one whose handling
			// crashed.
			return r.claimed
		case r.stopping || !r.o.Wait:
			r.wait(nil, nil)
		default:
			again = r.waitForMore(changes)
		}
	}
	return true
}

// waitForMore does what wait does. It also waits for a change of the queue, and for the
// time of the next pass.
func (r *run) waitForMore(changes <-chan error) (again bool) {
	var due <-chan time.Time
	if d, ok := r.nextPass(time.Now()); ok {
		t := time.NewTimer(d)
		defer t.Stop()
		due = t.C
	}
	return r.wait(changes, due)
}

// wait waits for one thing to happen, and handles it. again says that the queue may now
// have something to claim.
func (r *run) wait(changes <-chan error, due <-chan time.Time) (again bool) {
	defer r.startNext()
	results := r.results
	if r.untold.full() {
		results = nil
	}
	// If nothing runs, no outcome can join those that wait.
	r.untold.sync(r.running == 0 || r.untold.full())
	select {
	case res := <-results:
		r.conclude(res)
	case err := <-r.untold.ended:
		r.synced(err)
	case <-r.untold.due:
		r.untold.due = nil
	case <-r.drain:
		r.stopClaiming()
	case <-r.end:
		r.stopWork()
	case err := <-changes:
		if err != nil {
			r.fail(err)
			return false
		}
		r.restoreHeld()
		return true
	case <-due:
		return true
	}
	return false
}

// mayClaim waits until another entry may be handled, and reports whether to claim one.
func (r *run) mayClaim() bool {
	// Whatever has ended comes first, so that its job need not wait for claims ahead.
	for !r.stopping && (r.full() || len(r.results) > 0) {
		r.wait(nil, nil)
	}
	if !r.goesOn() {
		return false
	}
	r.restoreEnded(time.Now())
	return !r.stopping && !r.pausing(time.Now())
}

// goesOn reports whether the run may claim entries, and begin with them.
func (r *run) goesOn() bool {
	if r.askedToStop() || r.pausing(time.Now()) {
		return false
	}
	// A pass may take hours, and Mailman may be started in the middle of it.
	return time.Since(r.asked) < askAgain || !r.refused()
}

// askAgain is how long an answer of Options.Refuse is valid.
const askAgain = time.Second

// refused asks Options.Refuse whether to leave the queue alone, and ends the run if so.
func (r *run) refused() bool {
	if r.o.Refuse == nil {
		return false
	}
	if err := r.o.Refuse(); err != nil {
		r.fail(err)
		return true
	}
	r.asked = time.Now()
	return false
}

// start has a worker handle an entry.
func (r *run) start(u *upcoming) {
	if lost(u.claim) {
		r.dropped(u)
		r.giveUp(u.claim)
		return
	}
	r.running++
	next := r.offer()
	if r.hands < r.running {
		r.hands++
		go r.work()
	}
	r.tasks <- task{u, next}
}

// maxErrors ends the run once that many entries in a row could not be claimed or copied:
// the disk has probably failed.
const maxErrors = 10

// unclaimed handles an error of queue.Dir.Pass. It reports an entry that could not be
// claimed, which is then left alone for a while. If the queue cannot be listed, it ends
// the run.
func (r *run) unclaimed(err error) {
	failed, ok := errors.AsType[*queue.ClaimError](err)
	if r.waitsFor(err) {
		return
	}
	if !ok {
		r.fail(err)
		return
	}
	id, err := failed.ID, failed.Err
	if errors.Is(err, queue.ErrMalformed) && !r.dir.Has(id, queue.Ready) {
		r.done(Outcome{ID: id, Kind: Preserved, From: r.dir.EntryPath(id, queue.Ready), Why: queue.Cause(err).Error()})
		return
	}
	if errors.Is(err, queue.ErrBusy) && r.soonUnlocked(id) {
		r.busy = true
		if r.o.Only != nil {
			r.only = append(r.only, id)
		}
		return
	}
	r.o.Report(err)
	r.schedule.after(id, time.Now())
	if errors.Is(err, queue.ErrState) || errors.Is(err, queue.ErrBusy) || errors.Is(err, queue.ErrConflict) || errors.Is(err, queue.ErrStray) || errors.Is(err, queue.ErrMalformed) {
		return
	}
	r.notBegun(err)
}

// notBegun counts entries that failed before they were handled.
func (r *run) notBegun(err error) {
	if r.errs++; r.errs >= maxErrors {
		r.fail(err)
	}
}

// soonUnlocked reports whether the lock on a ready entry will probably be released soon.
// A command that was killed may take a moment to end. Another command that is just being
// started has copies of all descriptors of this process until it calls exec.
func (r *run) soonUnlocked(id queue.ID) bool {
	unlocking := r.unlocking[id]
	if unlocking == nil {
		unlocking = &patience{}
		r.unlocking[id] = unlocking
	}
	if !unlocking.over() {
		return true
	}
	delete(r.unlocking, id)
	return false
}
