package runner

import "time"

// pauses are the pauses of a run.
type pauses struct {
	// resume is when the run claims again.
	resume time.Time
	// tries means that after the pause only one more entry is handled at first. Its end
	// says whether the next pause begins: as many as ever could be too much for a server
	// that has just come up again.
	tries bool
	// most is how many entries may be handled while that is not known, and otherwise 0.
	most int
}

// pause makes the run claim nothing for a while. A run that does not wait ends.
func (r *run) pause(d time.Duration) {
	if at := time.Now().Add(d); at.After(r.resume) {
		r.resume = at
	}
	r.tries = true
	if !r.o.Wait {
		r.stopping, r.told = true, true
	}
}

// pausing reports whether the run pauses.
func (r *run) pausing(now time.Time) bool { return now.Before(r.resume) }

// resumes ends a pause that is over.
func (r *run) resumes(now time.Time) {
	if r.tries && !r.pausing(now) {
		r.tries, r.most = false, r.running+1
	}
}

// jobs returns how many entries may be handled at a time now.
func (r *run) jobs() int {
	if r.most > 0 {
		return min(r.most, r.o.Jobs)
	}
	return r.o.Jobs
}

// feed calls Options.Feed, and reports whether the run goes on. What Feed does may sync the
// queue. Of two syncs at a time only one may be told of a failure, so feed first waits for
// the run's own.
func (r *run) feed() bool {
	if r.o.Feed == nil || r.o.Keep {
		return true
	}
	r.flush()
	if r.stopping {
		return false
	}
	next, err := r.o.Feed()
	if err != nil {
		r.fail(err)
	}
	r.feedAt = time.Time{}
	if next > 0 {
		r.feedAt = time.Now().Add(next)
	}
	return !r.stopping
}

// nextPass returns how long it is until the next pass, unless the queue changes before. It
// returns false if there is nothing to wait for.
func (r *run) nextPass(now time.Time) (time.Duration, bool) {
	if r.pausing(now) {
		return r.resume.Sub(now), true
	}
	due, ok := r.schedule.wait(now)
	if l := &r.leases; l.queue != nil && !r.o.Keep {
		if ended := max(l.next.Sub(now), 0); !ok || ended < due {
			due, ok = ended, true
		}
	}
	if r.feedAt.IsZero() {
		return due, ok
	}
	feed := max(r.feedAt.Sub(now), 0)
	if ok {
		feed = min(feed, due)
	}
	return feed, true
}
