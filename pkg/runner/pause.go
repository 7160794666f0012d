package runner

import "time"

// pause makes the run claim nothing for a while. A run that does not wait ends.
func (r *run) pause(d time.Duration) {
	if at := time.Now().Add(d); at.After(r.resume) {
		r.resume = at
	}
	if !r.o.Wait {
		r.stopping, r.told = true, true
	}
}

// pausing reports whether the run pauses.
func (r *run) pausing(now time.Time) bool { return now.Before(r.resume) }

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
	if r.feedAt.IsZero() {
		return due, ok
	}
	feed := max(r.feedAt.Sub(now), 0)
	if ok {
		feed = min(feed, due)
	}
	return feed, true
}
