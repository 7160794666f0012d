package runner

import (
	"testing"
	"time"

	"switchboard/pkg/queue"
)

func TestSchedule(t *testing.T) {
	t.Parallel()
	var s schedule
	id := queue.NewID(1700000000.5, [20]byte{1})
	now := time.Unix(1700000000, 0)
	if s.skip(id, now) {
		t.Error("an entry that was never tried is left alone")
	}
	for _, want := range []time.Duration{10, 20, 40, 80, 160, 320, 600, 600} {
		want *= time.Second
		s.begin(now)
		s.after(id, now)
		if d, ok := s.wait(now); !ok || d != want {
			t.Errorf("the next is in %v, %v; want %v", d, ok, want)
		}
		if !s.skip(id, now.Add(want-1)) || s.skip(id, now.Add(want)) {
			t.Errorf("it is not left alone for just %v", want)
		}
		now = now.Add(want)
	}
	s.begin(now)
	if _, ok := s.wait(now); ok {
		t.Error("there is something to wait for even if all are due")
	}
	s.begin(now.Add(lastDelay + 1))
	if len(s.due) != 0 {
		t.Error("an entry that somebody else handled is remembered for ever")
	}
	s.forever = true
	s.after(id, now)
	if !s.skip(id, now.Add(1000*time.Hour)) {
		t.Error("a run that ends tries an entry twice")
	}
}
