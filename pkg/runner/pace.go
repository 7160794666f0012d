package runner

import "time"

// pace decides when the next sync begins, so that each is for as many outcomes as possible, and
// neither the disk nor the workers wait more than they must. A sync begins when only as many
// more outcomes may be untold as the workers make meanwhile. But on a disk whose sync takes
// longer than it takes to make all that may be untold, the workers would mostly wait, and each
// sync would be for half of what it can be for. There, a sync is for all.
type pace struct {
	// most is how many outcomes may be untold.
	most int
	// began and stopped are when the last sync did, filled is when as many outcomes were
	// untold as may be, during that sync. It is zero if they were not.
	began, stopped, filled time.Time
	// meanwhile is how many outcomes the workers make during a sync if nothing stops them.
	meanwhile int
}

// begin is called when a sync begins.
func (p *pace) begin(now time.Time) { p.began, p.filled = now, time.Time{} }

// fill is called during a sync when no entry may be finished any more.
func (p *pace) fill(now time.Time) {
	if p.filled.IsZero() {
		p.filled = now
	}
}

// end is called when a sync for some outcomes has ended, with the number of those that wait
// for the next one.
func (p *pace) end(now time.Time, synced, waiting int) {
	switch took := now.Sub(p.began); {
	case synced == p.most:
		// Nothing was finished during the sync, but all between it and the one before.
		p.meanwhile = made(p.most, p.began.Sub(p.stopped), took)
	case !p.filled.IsZero():
		p.meanwhile = made(p.most-synced, p.filled.Sub(p.began), took)
	default:
		p.meanwhile = waiting
	}
	p.stopped = now
}

// made returns how many outcomes are made in some time, at the pace at which n were made before.
func made(n int, before, time time.Duration) int {
	return int(float64(n) * float64(time) / float64(max(before, 1)))
}

// slow reports whether the disk takes longer for a sync than it takes to make all that may be
// untold.
func (p *pace) slow() bool { return p.meanwhile > p.most }

// enough returns how many outcomes are enough for a sync.
func (p *pace) enough() int {
	if p.slow() {
		return p.most
	}
	return p.most - min(p.meanwhile, p.most/2)
}

// left returns how long to wait for more outcomes to share the next sync, if they are few.
func (p *pace) left(now time.Time) time.Duration {
	if p.slow() {
		return syncEvery - now.Sub(p.stopped)
	}
	return syncEvery - now.Sub(p.began)
}
