package runner

import "time"

// pace decides when the next sync begins, so that neither the disk nor the workers wait more
// than they must. While half of the outcomes that may be untold are being synced, the workers
// make the other half. But on a disk whose sync takes longer than it takes to make all of
// them, the workers would mostly wait, and each sync would be for half of what it can be for.
// There, a sync is for all.
type pace struct {
	// began and stopped are when the last sync did, filled is when as many outcomes were
	// untold as may be, during that sync. It is zero if they were not.
	began, stopped, filled time.Time
	// slow means that the disk is as slow as that.
	slow bool
}

// begin is called when a sync begins.
func (p *pace) begin(now time.Time) { p.began, p.filled = now, time.Time{} }

// fill is called during a sync when no entry may be finished any more.
func (p *pace) fill(now time.Time) {
	if p.filled.IsZero() {
		p.filled = now
	}
}

// end is called when a sync has ended, which was for all outcomes that may be untold, or for
// fewer of them.
func (p *pace) end(now time.Time, all bool) {
	took := now.Sub(p.began)
	if all {
		// Nothing was finished during the sync, but all between it and the one before.
		p.slow = took > p.began.Sub(p.stopped)
	} else {
		p.slow = !p.filled.IsZero() && took > 2*p.filled.Sub(p.began)
	}
	p.stopped = now
}

// left returns how long to wait for more outcomes to share the next sync, if they are few.
func (p *pace) left(now time.Time) time.Duration {
	if p.slow {
		return syncEvery - now.Sub(p.stopped)
	}
	return syncEvery - now.Sub(p.began)
}
