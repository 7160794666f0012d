package runner

import (
	"slices"
	"sync/atomic"

	"switchboard/pkg/queue"
)

// A run with a Handler claims entries while all jobs are busy: one for each job, which the
// Handler may prepare while it handles the one before, and one more. Claiming takes about as
// long as what the Handler does on this machine, and the Handler mostly waits for another one.
//
// Entries that are claimed ahead are in flight, and nobody works on them. If the run stops or
// pauses, they are requeued, uncounted. A kill leaves them in flight, and their restores count,
// which is why there are only a few, and none beside an entry that was restored before: if that
// one kills every run, the others must not be counted each time.

// upcoming is an entry that was claimed, until its handling begins.
type upcoming struct {
	claim *queue.Claim
	// alone means that no entry is claimed ahead beside this one.
	alone bool
	// offered means that a Handler at work may ask for it with its Next. Only the run uses it.
	offered bool
	// taken means that the Handler has done so, or that the run has taken it back.
	taken atomic.Bool
}

// next is the [Next] of the Handler that the entry is offered to. u may be nil.
func (u *upcoming) next() *queue.Claim {
	if u == nil || !u.taken.CompareAndSwap(false, true) {
		return nil
	}
	return u.claim
}

// largeMetadata is the length in bytes of metadata beside which no entry is claimed ahead.
// There may be as much of it in the next entry, the Handler has enough to do with this one,
// and memory is for one such entry per job.
const largeMetadata = 64 << 10

// mostOffers is how many jobs have a next entry at most. With very many jobs, few of them wait
// for it, and each claim takes a file.
const mostOffers = 16

// alone reports whether no entry is claimed ahead while this one is handled.
func alone(claim *queue.Claim) bool {
	return claim.Content.Restores() > 0 || claim.Content.MetaEnd-claim.Content.MsgEnd > largeMetadata
}

// ahead returns how many entries may be claimed for which no job is free.
func (r *run) ahead() int {
	if r.o.Handler == nil || r.o.Only != nil || r.o.Keep || r.most > 0 || r.alone > 0 {
		return 0
	}
	return min(r.o.Jobs, mostOffers) + 1
}

// full reports whether no entry may be claimed now.
func (r *run) full() bool {
	return r.running+len(r.upcoming) >= r.jobs()+r.ahead() || r.untold.full()
}

// take begins with an entry that was claimed, or leaves it until a job is free.
func (r *run) take(claim *queue.Claim) {
	r.claimed = true
	delete(r.unlocking, claim.ID)
	u := &upcoming{claim: claim, alone: alone(claim)}
	if u.alone {
		r.alone++
	}
	if r.running < r.jobs() {
		r.start(u)
	} else {
		r.upcoming = append(r.upcoming, u)
	}
}

// startNext begins with the entries that were claimed ahead if jobs are free, or requeues them
// if the run must not begin with them. It is called after whatever may make it so.
func (r *run) startNext() {
	if len(r.upcoming) > 0 && !r.goesOn() {
		r.giveBack()
		return
	}
	for r.running < r.jobs() {
		u := r.oldest(func(u *upcoming) bool { return !u.offered })
		if u == nil {
			u = r.oldest((*upcoming).takeBack)
		}
		if u == nil {
			return
		}
		r.start(u)
	}
}

// oldest removes the first entry that was claimed ahead for which is reports true. It returns
// nil if there is none.
func (r *run) oldest(is func(*upcoming) bool) *upcoming {
	i := slices.IndexFunc(r.upcoming, is)
	if i < 0 {
		return nil
	}
	u := r.upcoming[i]
	r.upcoming = slices.Delete(r.upcoming, i, i+1)
	return u
}

// takeBack takes an entry back from the Handler that it is offered to, unless the Handler has
// taken it. That one may be reading it.
func (u *upcoming) takeBack() bool { return !u.offered || u.taken.CompareAndSwap(false, true) }

// offer offers the oldest entry that was claimed ahead to a Handler. It returns nil if there is
// none.
func (r *run) offer() *upcoming {
	for _, u := range r.upcoming {
		if !u.offered && !u.alone {
			u.offered = true
			return u
		}
	}
	return nil
}

// withdraw ends the offer of an entry, because the Handler has ended. u may be nil.
func (u *upcoming) withdraw() {
	if u != nil {
		u.offered = false
		u.taken.Store(false)
	}
}

// giveBack requeues the entries that were claimed ahead. Those that a Handler has taken follow
// when it has ended.
func (r *run) giveBack() {
	for u := r.oldest((*upcoming).takeBack); u != nil; u = r.oldest((*upcoming).takeBack) {
		r.dropped(u)
		if err := u.claim.Requeue(); err != nil {
			r.o.Report(err)
			continue
		}
		r.untold.add(u.claim.Trace)
	}
}

// dropped is called when an entry is in hand no longer.
func (r *run) dropped(u *upcoming) {
	if u.alone {
		r.alone--
	}
}
