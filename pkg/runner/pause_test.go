package runner_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"switchboard/pkg/queue"
	"switchboard/pkg/runner"
)

// TestPause checks that a run that waits claims nothing during a pause, and then begins
// with the entry that was requeued.
func TestPause(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.add("Subject: 1\n\n", "Subject: 2\n\n", "Subject: 3\n\n")
	drain, stop := context.WithCancel(t.Context())
	const pause = 300 * time.Millisecond
	var order []string
	var paused time.Time
	o := s.handling(func(_ context.Context, claim *queue.Claim, _ runner.Next) runner.Verdict {
		order = append(order, subject(claim))
		switch {
		case len(order) == 2:
			paused = time.Now()
			return runner.Verdict{Kind: runner.Deferred, Pause: pause}
		case len(order) == 3 && time.Since(paused) < pause:
			t.Errorf("the next one was handled after %v", time.Since(paused))
		case len(order) == 4:
			stop()
		}
		return runner.Verdict{Kind: runner.Finished}
	})
	o.Wait, o.Drain = true, drain
	totals, err := s.run(o)
	if got := strings.Join(order, " "); err != nil || got != "1 2 2 3" || totals.Finished != 3 {
		t.Errorf("%v, %+v, handled %s", err, totals, got)
	}
	s.has("in")
}

// TestPauseOfMany checks that after a pause one entry at a time is tried until that works, and
// then as many as ever.
func TestPauseOfMany(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	const jobs, downs = 4, 3
	s.add(mail, mail, mail, mail, mail, mail, mail, mail, mail)
	drain, stop := context.WithCancel(t.Context())
	var mu sync.Mutex
	running, calls := 0, 0
	together := [2]chan struct{}{make(chan struct{}), make(chan struct{})}
	o := s.handling(func(context.Context, *queue.Claim, runner.Next) runner.Verdict {
		mu.Lock()
		running++
		calls++
		call, beside := calls, running
		switch call {
		case jobs:
			close(together[0])
		case jobs + downs + 1 + jobs:
			close(together[1])
		}
		mu.Unlock()
		defer func() {
			mu.Lock()
			running--
			mu.Unlock()
		}()
		switch {
		case call <= jobs:
			<-together[0]
			return runner.Verdict{Pause: 20 * time.Millisecond}
		case call <= jobs+downs:
			time.Sleep(10 * time.Millisecond)
			fallthrough
		case call == jobs+downs+1:
			if beside > 1 {
				t.Errorf("call %d has %d beside it", call, beside-1)
			}
			if call <= jobs+downs {
				return runner.Verdict{Pause: 20 * time.Millisecond}
			}
		default:
			<-together[1]
		}
		return runner.Verdict{Kind: runner.Finished}
	})
	told, left := o.Outcome, 9
	o.Outcome = func(o runner.Outcome) error {
		if o.Kind == runner.Finished {
			if left--; left == 0 {
				stop()
			}
		}
		return told(o)
	}
	o.Jobs, o.Wait, o.Drain = jobs, true, drain
	if totals, err := s.run(o); err != nil || totals.Finished != 9 || totals.Deferred != jobs+downs {
		t.Errorf("%v, %+v", err, totals)
	}
}

// TestPauseIsNoTrap checks that a run can be stopped during a pause, and that what is being
// handled when the pause begins ends as ever.
func TestPauseIsNoTrap(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ids := s.add("Subject: slow\n\n", "Subject: pause\n\n", mail)
	drain, stop := context.WithCancel(t.Context())
	o := s.handling(nil)
	told := o.Outcome
	release := make(chan struct{})
	o.Handler = func(_ context.Context, claim *queue.Claim, _ runner.Next) runner.Verdict {
		if subject(claim) == "pause" {
			return runner.Verdict{Pause: time.Hour}
		}
		<-release
		return runner.Verdict{Kind: runner.Finished}
	}
	o.Outcome = func(o runner.Outcome) error {
		if o.Kind == runner.Deferred {
			close(release)
		} else {
			stop()
		}
		return told(o)
	}
	o.Jobs, o.Wait, o.Drain = 2, true, drain
	totals, err := s.run(o)
	if err != nil || s.kinds() != "deferred finished" || !totals.Left {
		t.Errorf("%v, %+v, outcomes %q", err, totals, s.kinds())
	}
	s.has("in", ids[1].Name(queue.Ready), ids[2].Name(queue.Ready))
}

// TestUntil checks that an entry is tried when the time that its verdict names has come, and
// not before.
func TestUntil(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.add(mail)
	s.dir = unwatched{s.dir.(*queue.Dir)}
	drain, stop := context.WithCancel(t.Context())
	var until time.Time
	o := s.handling(func(context.Context, *queue.Claim, runner.Next) runner.Verdict {
		if until.IsZero() {
			until = time.Now().Add(200 * time.Millisecond)
			return runner.Verdict{Kind: runner.Deferred, Until: until}
		}
		if late := time.Since(until); late < 0 {
			t.Errorf("tried %v too early", -late)
		}
		stop()
		return runner.Verdict{Kind: runner.Finished}
	})
	o.Wait, o.Drain = true, drain
	if _, err := s.run(o); err != nil || s.kinds() != "deferred finished" {
		t.Errorf("%v, outcomes %q", err, s.kinds())
	}
}
