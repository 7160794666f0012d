package pgqueue

import (
	"context"
	"sync"
	"time"

	"switchboard/pkg/pgqueue/internal/server"
)

// lease says how long a claim lasts. The server decides when it ends. The worker counts from a
// time before it asked for it, so that it never believes in a lease that has ended.
type lease struct {
	number, generation int64
	// lost is closed when the lease is about to end.
	lost chan struct{}

	// The leases that it belongs to protect the rest.
	gone  bool
	since time.Time
	timer *time.Timer
}

// isLost reports whether the lease has ended or is about to. A claim without a lease does not
// end.
func (l *lease) isLost() bool {
	if l == nil {
		return false
	}
	select {
	case <-l.lost:
		return true
	default:
		return false
	}
}

// whenLost calls f when the lease is lost, unless forget is called before.
func (l *lease) whenLost(f func()) (forget func()) {
	over := make(chan struct{})
	go func() {
		select {
		case <-l.lost:
			f()
		case <-over:
		}
	}()
	return func() { close(over) }
}

// leases are the leases of a queue's claims. One goroutine extends all of them. It runs while
// there are any.
type leases struct {
	server *Server

	mu   sync.Mutex
	held map[*lease]bool
	// closed are the generations of claims that were closed in flight. Their leases have not
	// ended, but keep nobody away who may restore the entry here.
	closed map[int64]bool
	// stop ends the goroutine. It is nil if none runs.
	stop chan struct{}
}

// HoldLeases gives the claims that follow a lease. See [queue.Leaser].
func (q *Queue) HoldLeases() time.Duration {
	if q.leases == nil {
		q.leases = q.server.newLeases()
	}
	return q.server.lease
}

// Stopping has the ends of claims be tried for as long as the timeout, and not until their leases
// end. See [queue.Leaser].
func (q *Queue) Stopping() { q.server.stopping() }

func (s *Server) newLeases() *leases {
	return &leases{server: s, held: map[*lease]bool{}, closed: map[int64]bool{}}
}

// margin is how long before its end a lease counts as lost. That is enough to kill a command.
func (s *Server) margin() time.Duration { return min(s.lease/4, 10*time.Second) }

// extendAfter is the age at which a lease is extended. There is time for several tries.
func (s *Server) extendAfter() time.Duration { return s.lease / 4 }

// add notes a lease that was given since a time.
func (l *leases) add(number, generation int64, since time.Time) *lease {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	one := &lease{number: number, generation: generation, lost: make(chan struct{}), since: since}
	one.timer = time.AfterFunc(time.Until(since.Add(l.server.lease-l.server.margin())), func() { l.expire(one) })
	l.held[one] = true
	if l.stop == nil {
		l.stop = make(chan struct{})
		go l.run(l.stop)
	}
	return one
}

// drop forgets a lease whose claim has ended.
func (l *leases) drop(one *lease) {
	if one == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	one.timer.Stop()
	if delete(l.held, one); len(l.held) == 0 && l.stop != nil {
		close(l.stop)
		l.stop = nil
	}
}

// leave notes that a claim was closed in flight.
func (l *leases) leave(one *lease) {
	if one != nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.closed[one.generation] = true
	}
}

// left reports whether a claim of that generation was closed in flight. It reports so once.
func (l *leases) left(generation int64) bool {
	if l == nil {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	left := l.closed[generation]
	delete(l.closed, generation)
	return left
}

// close ends the extending of all leases.
func (l *leases) close() {
	l.mu.Lock()
	all := l.held
	l.held = map[*lease]bool{}
	l.mu.Unlock()
	for one := range all {
		l.drop(one)
	}
}

// expire closes lost if the lease was not extended in time.
func (l *leases) expire(one *lease) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held[one] && !l.server.lasts(one.since, time.Now()) {
		one.lose()
	}
}

func (one *lease) lose() {
	if !one.gone {
		one.gone = true
		close(one.lost)
	}
}

// lasts reports whether a lease that was given since a time lasts for some time yet. A clock
// that counts on while the machine sleeps decides, too.
func (s *Server) lasts(since, now time.Time) bool {
	most := s.lease - s.margin()
	return now.Sub(since) < most && now.Round(0).Sub(since.Round(0)) < most
}

// run extends leases that have become a quarter old until stop is closed. If that fails, it
// tries again at each tick.
func (l *leases) run(stop chan struct{}) {
	tick := time.NewTicker(min(l.server.extendAfter()/4, time.Second))
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
			l.extend(l.due(time.Now()))
		}
	}
}

// due returns the leases to extend. Those that were found to have ended are lost.
func (l *leases) due(now time.Time) (due []*lease) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for one := range l.held {
		switch {
		case one.gone:
		case !l.server.lasts(one.since, now):
			one.lose()
		case now.Sub(one.since) >= l.server.extendAfter():
			due = append(due, one)
		}
	}
	return due
}

// extendAll extends leases, of claims and of preserved entries, and returns their generations. A
// lease that has ended is extended, too, if nobody has changed the entry.
const extendAll = `
	update switchboard.entry e set lease_until = statement_timestamp() + make_interval(secs => $3)
	from unnest($1::bigint[], $2::bigint[]) as c(id, generation)
	where e.id = c.id and e.generation = c.generation and e.state in (2, 3) and e.lease_until is not null
	returning e.generation`

// extend extends leases. It is durable: the server that takes over after a failover has to know.
func (l *leases) extend(due []*lease) {
	if due == nil {
		return
	}
	var numbers, generations []int64
	for _, one := range due {
		numbers, generations = append(numbers, one.number), append(generations, one.generation)
	}
	extended := map[int64]bool{}
	now := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), l.server.timeout)
	defer cancel()
	err := l.server.db.Do(ctx, true, server.Statement{
		SQL: extendAll, Args: []any{numbers, generations, l.server.lease.Seconds()},
		Row: func(r server.Row) error {
			var generation int64
			err := r.Scan(&generation)
			extended[generation] = true
			return err
		},
	})
	if err != nil {
		return // try again at the next tick
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, one := range due {
		switch {
		case !l.held[one] || one.gone:
		case extended[one.generation]:
			one.since = now
			one.timer.Reset(l.server.lease - l.server.margin())
		default:
			// Somebody has restored the entry. Perhaps a person made them.
			one.lose()
		}
	}
}
