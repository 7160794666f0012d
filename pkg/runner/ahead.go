package runner

import "switchboard/pkg/queue"

// A run with a Handler claims one entry while all jobs are busy, and begins with it as soon as
// a job is free. Claiming takes about as long as what the Handler does on this machine, and
// the Handler mostly waits for another one.
//
// The entry that is claimed ahead is in flight, and nobody works on it. If the run stops or
// pauses, it is requeued, uncounted. A kill leaves it in flight, and its restore counts, which
// is why there is only one, and none beside an entry that was restored before: if that one
// kills every run, the other one must not be counted each time.

// largeMetadata is the length in bytes of metadata beside which no entry is claimed ahead.
// There may be as much of it in the next entry, the Handler has enough to do with this one,
// and memory is for one such entry per job.
const largeMetadata = 64 << 10

// alone reports whether no entry is claimed ahead while this one is handled.
func alone(claim *queue.Claim) bool {
	return claim.Content.Restores() > 0 || claim.Content.MetaEnd-claim.Content.MsgEnd > largeMetadata
}

// ahead returns how many entries may be claimed for which no job is free.
func (r *run) ahead() int {
	if r.o.Handler == nil || r.o.Only != nil || r.o.Keep || r.most > 0 || r.alone > 0 {
		return 0
	}
	return 1
}

// full reports whether no entry may be claimed now.
func (r *run) full() bool {
	if r.next != nil {
		return true
	}
	return r.running >= r.jobs()+r.ahead() || r.untold.full()
}

// take begins with an entry that was claimed, or leaves it until a job is free.
func (r *run) take(claim *queue.Claim) {
	r.claimed = true
	delete(r.lockedSince, claim.ID)
	if r.running < r.jobs() {
		r.start(claim)
	} else {
		r.next = claim
	}
}

// startNext begins with the entry that was claimed ahead if a job is free, or requeues it if
// the run must not begin with it. It is called after whatever may make it so.
func (r *run) startNext() {
	switch {
	case r.next == nil:
	case !r.goesOn():
		r.giveBack()
	case r.running < r.jobs():
		claim := r.next
		r.next = nil
		r.start(claim)
	}
}

// giveBack requeues the entry that was claimed ahead.
func (r *run) giveBack() {
	if r.next == nil {
		return
	}
	claim := r.next
	r.next = nil
	if err := claim.Requeue(); err != nil {
		r.o.Report(err)
		return
	}
	r.untold.add(claim.Trace)
}
