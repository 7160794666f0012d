package runner_test

import (
	"context"
	"errors"
	"iter"
	"sync"
	"testing"
	"time"

	"switchboard/pkg/queue"
	"switchboard/pkg/runner"
)

// server is a directory that behaves as a queue on a server: its claims have leases, it may
// not answer, and other workers share it.
type server struct {
	*queue.Dir
	lease time.Duration

	mu sync.Mutex
	// lost has a channel for each claim so far.
	lost []chan struct{}
	// fails are the errors of the next passes.
	fails []error
	// syncFails are the errors of the next syncs.
	syncFails []error
	// ended is how often RestoreEnded was called, finished how often Finish was, and told how
	// often Stopping was.
	ended, finished, told int
}

func (s *server) HoldLeases() time.Duration { return s.lease }

func (s *server) Stopping() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told++
}

// LockSlice excludes nobody.
func (s *server) LockSlice(queue.Slice, bool) error { return nil }

func (s *server) RestoreEnded(o queue.RestoreOptions, done func(queue.Outcome, error)) error {
	s.mu.Lock()
	s.ended++
	first := s.ended == 1
	s.mu.Unlock()
	if !first {
		return nil
	}
	return s.Dir.Restore(o, done)
}

func (s *server) StartSync() func() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.syncFails) > 0 {
		err := s.syncFails[0]
		s.syncFails = s.syncFails[1:]
		return func() error { return err }
	}
	return s.Dir.StartSync()
}

func (s *server) Pass(slice queue.Slice, skip func(queue.ID) bool) iter.Seq2[*queue.Claim, error] {
	return func(yield func(*queue.Claim, error) bool) {
		s.mu.Lock()
		if len(s.fails) > 0 {
			err := s.fails[0]
			s.fails = s.fails[1:]
			s.mu.Unlock()
			yield(nil, err)
			return
		}
		s.mu.Unlock()
		for c, err := range s.Dir.Pass(slice, skip) {
			if err == nil {
				lost := make(chan struct{})
				s.mu.Lock()
				s.lost = append(s.lost, lost)
				s.mu.Unlock()
				c.Held = leased{c.Held, s, lost}
			}
			if !yield(c, err) {
				return
			}
		}
	}
}

// lose loses a claim.
func (s *server) lose(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.lost[n])
}

// leased is a claim with a lease.
type leased struct {
	queue.Held
	s    *server
	lost chan struct{}
}

func (l leased) Fd() (uintptr, bool)   { return 0, false }
func (l leased) Lost() <-chan struct{} { return l.lost }
func (l leased) Finish() error {
	l.s.mu.Lock()
	l.s.finished++
	l.s.mu.Unlock()
	return l.Held.Finish()
}

// onServer makes the queue of a site one on a server.
func (s *site) onServer() *server {
	q := &server{Dir: s.dir.(*queue.Dir), lease: time.Hour}
	s.dir = q
	return q
}

// TestLostKills checks that a command is killed when its claim is lost, that it cannot put
// that off, and that the entry is not touched then. The run goes on with the next one.
func TestLostKills(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	q := s.onServer()
	ids := s.add(mail, mail)
	o := s.options(`trap '' TERM; test -e $out/second && exit 0; touch $out/second; echo $$ >$out/began; while :; do sleep 0.01; done`)
	go func() {
		eventually(t, "the command", func() bool { return s.written("began") != "" })
		q.lose(0)
	}()
	if _, err := s.run(o); err != nil {
		t.Fatal(err)
	}
	if s.kinds() != "finished" || q.finished != 1 || len(s.reports) != 1 || !errors.Is(s.reports[0], queue.ErrLater) {
		t.Errorf("outcomes %q, %d finished, reports %v", s.kinds(), q.finished, s.reports)
	}
	s.has("in", ids[0].Name(queue.InFlight))
}

// TestLostHandler checks the same for a function, whose context is canceled.
func TestLostHandler(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	q := s.onServer()
	ids := s.add(mail)
	o := s.handling(func(ctx context.Context, _ *queue.Claim, _ runner.Next) runner.Verdict {
		q.lose(0)
		<-ctx.Done()
		return runner.Verdict{Kind: runner.Finished}
	})
	if _, err := s.run(o); err != nil {
		t.Fatal(err)
	}
	if s.kinds() != "" || q.finished != 0 || len(s.reports) != 1 {
		t.Errorf("outcomes %q, %d finished, reports %v", s.kinds(), q.finished, s.reports)
	}
	s.has("in", ids[0].Name(queue.InFlight))
}

// TestRestoresEnded checks that a run that waits restores entries of dead workers.
func TestRestoresEnded(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	q := s.onServer()
	q.lease = 40 * time.Millisecond
	ids := s.add(mail)
	ctx, stop := context.WithCancel(t.Context())
	o := s.handling(func(_ context.Context, c *queue.Claim, _ runner.Next) runner.Verdict {
		if c.Content.Restores() != 1 {
			t.Errorf("restored %d times", c.Content.Restores())
		}
		stop()
		return runner.Verdict{Kind: runner.Finished}
	})
	o.Wait = true
	// Another worker claims it before the run begins, and dies.
	c, err := s.dir.Dequeue(ids[0])
	if err == nil {
		err = c.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	o.MinAge = time.Hour // so that the run does not restore it at its start
	if _, err := s.runUntil(ctx, o); err != nil {
		t.Fatal(err)
	}
	if s.kinds() != "restored finished" {
		t.Errorf("outcomes %q", s.kinds())
	}
	s.has("in")
}

// TestServerAway checks that a run that waits also waits for its server, and says when it goes
// and when it is back, and that neither is a failure; and that a run that does not wait ends.
// Without Options.Outage, Options.Report is told.
func TestServerAway(t *testing.T) {
	t.Parallel()
	away := &queue.Error{Path: "pg:in", Err: queue.ErrUnreachable}
	for _, test := range []struct{ wait, reports bool }{{false, false}, {true, false}, {true, true}} {
		wait := test.wait
		s := newSite(t)
		q := s.onServer()
		s.add(mail)
		q.fails = []error{away, away}
		q.syncFails = []error{away}
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		o := s.handling(func(context.Context, *queue.Claim, runner.Next) runner.Verdict {
			return runner.Verdict{Kind: runner.Finished}
		})
		o.Wait = wait
		if test.reports {
			o.Outage = nil
		}
		tell := o.Outcome
		o.Outcome = func(out runner.Outcome) error {
			stop()
			return tell(out)
		}
		_, err := s.runUntil(ctx, o)
		if test.reports {
			s.outages, s.reports = s.reports, nil
		}
		switch {
		case !wait && !errors.Is(err, queue.ErrUnreachable):
			t.Error(err)
		case wait && (err != nil || s.kinds() != "finished"):
			t.Errorf("%v, outcomes %q", err, s.kinds())
		case wait && (len(s.outages) < 2 || !errors.Is(s.outages[0], queue.ErrUnreachable) || len(s.outages) > 4):
			t.Errorf("outages %v", s.outages)
		case len(s.reports) > 0:
			t.Errorf("reports %v", s.reports)
		}
	}
}

// TestDrainLater checks that a queue is not told to stop by a drain after its run.
func TestDrainLater(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	q := s.onServer()
	o := s.handling(func(context.Context, *queue.Claim, runner.Next) runner.Verdict {
		return runner.Verdict{Kind: runner.Finished}
	})
	drain, stop := context.WithCancel(t.Context())
	o.Drain = drain
	if _, err := s.run(o); err != nil {
		t.Fatal(err)
	}
	stop()
	after := make(chan struct{})
	context.AfterFunc(drain, func() { close(after) })
	<-after
	time.Sleep(10 * time.Millisecond)
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.told != 0 {
		t.Errorf("told %d times", q.told)
	}
}
