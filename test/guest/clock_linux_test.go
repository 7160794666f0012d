package guest

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"switchboard/pkg/queue"
)

// setClock sets the guest's clock to another hour.
func (s *site) setClock(by time.Duration) {
	s.t.Helper()
	now, err := strconv.Atoi(strings.TrimSpace(must(s.t, s.g, "date", "+%s")))
	if err != nil {
		s.t.Fatal(err)
	}
	must(s.t, s.g, "date", "-s", fmt.Sprintf("@%d", now+int(by/time.Second)))
}

// clocks has the clock set by hours in the middle of work.
var clocks = []struct {
	name string
	do   func(*site)
}{
	{"storm", clockStorm},
	{"retry", clockRetry},
	{"timeouts", clockTimeouts},
	{"ages", clockAges},
}

// clockStorm sets the clock back and forward while commands work and are killed.
func clockStorm(s *site) {
	w := newStorm(s)
	w.kills = true
	ended := w.start(20 * times(s.t))
	for i := 0; ; i++ {
		select {
		case <-ended:
			w.check()
			if i < 3 {
				s.t.Errorf("the clock was set %d times only", i)
			}
			return
		case <-time.After(500 * time.Millisecond):
			s.setClock([]time.Duration{-3 * time.Hour, 7 * time.Hour, -9 * time.Hour, 5 * time.Hour}[i%4])
		}
	}
}

// clockRetry checks that what waits for another try does not wait for hours.
func clockRetry(s *site) {
	s.store(s.a, message(10))
	p := s.a.start("qrun", "-w", s.queue, "sh", "-c", `test -e /tmp/second || { echo >/tmp/second; exit 75; }`)
	await(s.t, "the first try", func() bool { return s.g.Run(nil, "test", "-e", "/tmp/second").Status == 0 })
	s.setClock(-5 * time.Hour)
	await(s.t, "the second try", func() bool { entries, _ := look(s.t, s.g, s.local); return len(entries) == 0 })
	// What is stored with an earlier time is noticed, too.
	s.store(s.a, message(10))
	await(s.t, "the end of the second message", func() bool { entries, _ := look(s.t, s.g, s.local); return len(entries) == 0 })
	p.Signal(15)
	if r := p.Wait(); r.Status != 0 {
		s.t.Errorf("qrun: status %d: %s", r.Status, r.Err)
	}
}

// clockTimeouts checks that a time limit is one of time that passes.
func clockTimeouts(s *site) {
	p := s.a.start("qdequeue", "-w", "--timeout", "4s", s.queue)
	s.setClock(-5 * time.Hour)
	if r := p.Wait(); r.Status != 1 {
		s.t.Errorf("qdequeue --timeout: status %d: %s", r.Status, r.Err)
	}
	body := message(10)
	id := s.store(s.a, body)
	h := s.hold(s.a, "--timeout", "1h")
	s.setClock(3 * time.Hour)
	time.Sleep(2 * time.Second)
	s.is(entry{id, queue.InFlight, 0, body})
	h.release(s.t)
	if r := h.Wait(); r.Status != 0 {
		s.t.Errorf("qrun --timeout: status %d: %s", r.Status, r.Err)
	}
	s.is()
}

// clockAges checks what --min-age makes of a clock that was set, as COMPATIBILITY.md has it.
func clockAges(s *site) {
	body := message(10)
	id := s.store(s.a, body)
	restores := 0
	for _, by := range []time.Duration{3 * time.Hour, -3 * time.Hour} {
		s.a.must(s.t, "qdequeue", s.queue)
		if r := s.b.run(nil, "qrestore", "--min-age", "1h", s.queue); r.Status != 75 {
			s.t.Errorf("qrestore --min-age at once: status %d: %s", r.Status, r.Err)
		}
		s.is(entry{id, queue.InFlight, restores, body})
		s.setClock(by)
		s.b.must(s.t, "qrestore", "--max-restores", "0", "--min-age", "1h", s.queue)
		restores++
		s.is(entry{id, queue.Ready, restores, body})
	}
	// A lock protects whatever the clock says.
	h := s.hold(s.a)
	for _, by := range []time.Duration{3 * time.Hour, -6 * time.Hour} {
		s.setClock(by)
		if r := s.b.run(nil, "qrestore", "--force", "--min-age", "1h", s.queue); r.Status != 75 {
			s.t.Errorf("qrestore beside a handler: status %d: %s", r.Status, r.Err)
		}
	}
	h.release(s.t)
	h.Wait()
	s.is()
}

// testClock tries all of it in the guest itself.
func testClock(t *testing.T, s *site) {
	for _, sc := range clocks {
		t.Run(sc.name, func(t *testing.T) {
			s := *s
			s.t = t
			s.newQueue("clock-" + sc.name)
			s.queue = s.local + "/in"
			sc.do(&s)
		})
	}
}
