package runner

import (
	"time"

	"switchboard/pkg/queue"
)

// How long a waiting run leaves a requeued entry alone, at first and at most. The delay
// grows so as not to overload a server that has just come up again.
const (
	firstDelay = 10 * time.Second
	lastDelay  = 10 * time.Minute
)

// schedule holds when entries that were requeued may be tried again.
type schedule struct {
	// forever means that the run ends when the queue is empty, and leaves requeued entries
	// to the next run.
	forever bool
	// due has the entries that are left alone.
	due map[queue.ID]due
	// next is not later than the first time in due.
	next time.Time
}

// due is when an entry may be tried again, and the delay until then.
type due struct {
	at    time.Time
	delay time.Duration
}

// after leaves an entry alone for a while, longer each time.
func (s *schedule) after(id queue.ID, now time.Time) {
	delay := min(max(2*s.due[id].delay, firstDelay), lastDelay)
	s.set(id, due{now.Add(delay), delay})
}

// until leaves an entry alone until at.
func (s *schedule) until(id queue.ID, at time.Time) {
	s.set(id, due{at, s.due[id].delay})
}

func (s *schedule) set(id queue.ID, d due) {
	if s.due == nil {
		s.due = make(map[queue.ID]due)
	}
	s.due[id] = d
	if s.next.IsZero() || d.at.Before(s.next) {
		s.next = d.at
	}
}

// forget forgets an entry that was handled.
func (s *schedule) forget(id queue.ID) { delete(s.due, id) }

// skip reports whether to leave an entry alone.
func (s *schedule) skip(id queue.ID, now time.Time) bool {
	d, ok := s.due[id]
	return ok && (s.forever || now.Before(d.at))
}

// begin begins a pass. It finds the next due time, and forgets entries that have been due
// for long, because somebody else must have handled them.
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

// wait returns how long it is until the next entry is due, and false if there is none.
func (s *schedule) wait(now time.Time) (time.Duration, bool) {
	if s.forever || s.next.IsZero() {
		return 0, false
	}
	return max(s.next.Sub(now), 0), true
}
