package runner

import (
	"context"
	"errors"
	"time"

	"switchboard/pkg/queue"
)

// leases is what a run needs for a queue on a server, whose claims have leases. For other queues
// it has no queue.
//
// The queue extends the leases of what is being handled. If it cannot, the command is killed
// and the context of a Handler is canceled before the lease ends, and the entry is not touched
// any more: another run restores it, and handles it again.
type leases struct {
	queue queue.Leaser
	// every is how often entries are restored whose lease has ended, because their worker is
	// dead. next is when to do so.
	every time.Duration
	next  time.Time
	// away is the last pause before the server was tried again, 0 if it answers.
	away time.Duration
	// forget ends that the queue is told when Options.Drain is done.
	forget func() bool
}

// longestEvery is the longest that an entry whose lease has ended waits for a run that has
// nothing else to do.
const longestEvery = 30 * time.Second

// newLeases makes the claims of dir have leases, if they can. When drain is done, which may be
// nil, dir is told.
func newLeases(dir queue.Queue, drain context.Context) leases {
	q, ok := dir.(queue.Leaser)
	if !ok {
		return leases{forget: func() bool { return false }}
	}
	if drain == nil {
		drain = context.Background()
	}
	every := min(q.HoldLeases()/4, longestEvery)
	return leases{queue: q, every: every, next: time.Now().Add(every), forget: context.AfterFunc(drain, q.Stopping)}
}

// restoreEnded restores entries whose lease has ended, if it is time to. Those that had ended
// before the run began are restored then, with all others.
func (r *run) restoreEnded(now time.Time) {
	l := &r.leases
	if l.queue == nil || r.o.Keep || r.o.Only != nil || now.Before(l.next) {
		return
	}
	l.next = now.Add(l.every)
	o := queue.RestoreOptions{Slice: r.o.Slice, MaxRestores: r.o.MaxRestores}
	err := l.queue.RestoreEnded(o, func(restored queue.Outcome, err error) {
		r.restored(restored, err, Outcome{Why: "its lease had ended"})
	})
	if err != nil && !r.waitsFor(err) {
		r.fail(err)
	}
}

// lost reports whether a claim must not be touched any more.
func lost(claim *queue.Claim) bool {
	select {
	case <-claim.Lost():
		return true
	default:
		return false // also if it has no lease
	}
}

// lostLease is the failure to handle an entry. Another try may do it.
type lostLease string

func (e lostLease) Error() string        { return string(e) }
func (e lostLease) Is(target error) bool { return target == queue.ErrLater }

const errLost = lostLease("its lease could not be extended, so its handling was ended; it will be restored")

// giveUp leaves a claim alone that is lost.
func (r *run) giveUp(claim *queue.Claim) {
	r.o.Report(&queue.Error{Path: claim.Path(), Err: errLost})
	if err := claim.Close(); err != nil {
		r.o.Report(err)
	}
}

// untilLost returns a context that is also done when the claim is lost.
func untilLost(ctx context.Context, claim *queue.Claim) (context.Context, context.CancelFunc) {
	gone := claim.Lost()
	if gone == nil {
		return ctx, func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-gone:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// How long a run that waits leaves a server alone that does not answer.
const (
	firstAway = time.Second
	lastAway  = 10 * time.Second
)

// waitsFor reports whether the run waits for a server that cannot answer now. It says so when
// that begins. A run that does not wait for entries does not wait for a server either.
func (r *run) waitsFor(err error) bool {
	if !r.o.Wait || r.stopping || !queue.Unavailable(err) {
		return false
	}
	l := &r.leases
	if l.away == 0 {
		r.o.Outage(err)
	}
	l.away = min(max(2*l.away, firstAway), lastAway)
	if at := time.Now().Add(l.away); at.After(r.resume) {
		r.resume = at
	}
	return true
}

// errBack tells that a server answers again.
var errBack = errors.New("the server answers again")

// answered notes that the server answers, and says so if it did not before.
func (r *run) answered() {
	if r.leases.away > 0 {
		r.leases.away = 0
		r.o.Outage(&queue.Error{Path: r.dir.Path(), Err: errBack})
	}
}
