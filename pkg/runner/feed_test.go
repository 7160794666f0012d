package runner_test

import (
	"context"
	"errors"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"switchboard/pkg/queue"
	"switchboard/pkg/runner"
)

// TestFeed checks that a pass sees what Feed has moved into the queue, and that a run that
// waits calls Feed again when it asked for that.
func TestFeed(t *testing.T) {
	t.Parallel()
	for _, wait := range []bool{false, true} {
		s := newSite(t)
		id := s.add(mail)[0]
		retry, in := s.retry(id), s.dir.(*queue.Dir)
		s.dir = unwatched{in}
		drain, stop := context.WithCancel(t.Context())
		o := s.handling(func(context.Context, *queue.Claim, runner.Next) runner.Verdict {
			stop()
			return runner.Verdict{Kind: runner.Finished}
		})
		fed := 0
		o.Feed = func() (time.Duration, error) {
			if fed++; fed == 1 && wait {
				return 50 * time.Millisecond, nil
			}
			if fed < 3 {
				once(t, func(done func(queue.Outcome, error)) {
					retry.Move([]queue.ID{id}, queue.MoveOptions{From: queue.Ready, To: in}, done)
				})
			}
			return time.Hour, nil
		}
		o.Wait, o.Drain = wait, drain
		if _, err := s.run(o); err != nil || s.kinds() != "finished" {
			t.Errorf("wait %v: %v, outcomes %q", wait, err, s.kinds())
		}
		s.has("retry")
	}
}

// retry moves an entry to the retry queue, which it returns.
func (s *site) retry(id queue.ID) queue.Queue {
	s.t.Helper()
	retry, err := queue.Create(filepath.Join(s.root, "retry"), queue.Options{NoSync: true})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { retry.Close() })
	once(s.t, func(done func(queue.Outcome, error)) {
		s.dir.Move([]queue.ID{id}, queue.MoveOptions{From: queue.Ready, To: retry}, done)
	})
	return retry
}

// TestFeedFails checks that an error of Feed ends the run.
func TestFeedFails(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	id := s.add(mail)[0]
	o := s.handling(func(context.Context, *queue.Claim, runner.Next) runner.Verdict {
		return runner.Verdict{Kind: runner.Finished}
	})
	o.Feed = func() (time.Duration, error) { return 0, syscall.EIO }
	if _, err := s.run(o); !errors.Is(err, syscall.EIO) {
		t.Error(err)
	}
	s.has("in", id.Name(queue.Ready))
}
