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

// feed calls Options.Feed, and reports whether the run goes on.
func (r *run) feed() bool {
	if r.o.Feed == nil || r.o.Keep {
		return true
	}
	next, err := r.o.Feed()
	if err != nil {
		r.fail(err)
		return false
	}
	r.feedAt = time.Time{}
	if next > 0 {
		r.feedAt = time.Now().Add(next)
	}
	return true
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
