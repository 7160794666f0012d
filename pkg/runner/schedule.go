package runner

import (
	"time"

	"switchboard/pkg/queue"
)

// How long an entry that was requeued is left alone while the run waits for
// others: the server that was down should find no storm when it is up.
const (
	firstDelay = 10 * time.Second
	lastDelay  = 10 * time.Minute
)

// schedule holds when entries that were requeued may be tried again.
type schedule struct {
	// forever is for a run that ends when the queue is empty: what was requeued
	// is the next run's.
	forever bool
	due     map[queue.ID]due
	// next is at or before the first of them.
	next time.Time
}

type due struct {
	at    time.Time
	delay time.Duration
}

// after leaves an entry alone for a while, each time for longer.
func (s *schedule) after(id queue.ID, now time.Time) {
	if s.due == nil {
		s.due = make(map[queue.ID]due)
	}
	delay := min(max(2*s.due[id].delay, firstDelay), lastDelay)
	at := now.Add(delay)
	s.due[id] = due{at, delay}
	if s.next.IsZero() || at.Before(s.next) {
		s.next = at
	}
}

// forget is for an entry that was handled.
func (s *schedule) forget(id queue.ID) { delete(s.due, id) }

// skip says whether an entry is to be left alone.
func (s *schedule) skip(id queue.ID, now time.Time) bool {
	d, ok := s.due[id]
	return ok && (s.forever || now.Before(d.at))
}

// begin is called when a pass begins: it looks for the next time, and drops what is
// long over, because somebody else has handled it.
func (s *schedule) begin(now time.Time) {
	s.next = time.Time{}
	if s.forever {
		return
	}
	for id, d := range s.due {
		switch {
		case now.Sub(d.at) > lastDelay:
			delete(s.due, id)
		case d.at.After(now) && (s.next.IsZero() || d.at.Before(s.next)):
			s.next = d.at
		}
	}
}

// wait is how long it is until the next one, false if there is none.
func (s *schedule) wait(now time.Time) (time.Duration, bool) {
	if s.forever || s.next.IsZero() {
		return 0, false
	}
	return max(s.next.Sub(now), 0), true
}
