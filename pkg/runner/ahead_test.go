package runner_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"switchboard/pkg/message"
	"switchboard/pkg/queue"
	"switchboard/pkg/runner"
)

// inFlight returns how many entries are in flight.
func (s *site) inFlight() (n int) {
	for _, name := range s.files("in") {
		if strings.HasSuffix(name, ".bak") {
			n++
		}
	}
	return n
}

// becomes fails the test unless n entries are in flight soon, and stay so for a moment.
func (s *site) becomes(n int) {
	for deadline := time.Now().Add(time.Minute); s.inFlight() != n && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(20 * time.Millisecond)
	if got := s.inFlight(); got != n {
		s.t.Errorf("%d entries are in flight, not %d", got, n)
	}
}

// TestAhead checks that a run with a handler claims one entry for each job while all jobs are
// busy, and one besides, and that it handles all, in order.
func TestAhead(t *testing.T) {
	t.Parallel()
	for _, jobs := range []int{1, 3} {
		s := newSite(t)
		ids := s.add(slices.Repeat([]string{mail}, 10)...)
		order, looked := make(chan queue.ID, len(ids)), make(chan struct{})
		o := s.handling(func(_ context.Context, claim *queue.Claim, _ runner.Next) runner.Verdict {
			order <- claim.ID
			if claim.ID == ids[0] {
				s.becomes(2*jobs + 1)
				close(looked)
			}
			<-looked
			return runner.Verdict{Kind: runner.Finished}
		})
		o.Jobs = jobs
		totals, err := s.run(o)
		if err != nil || totals.Finished != len(ids) {
			t.Errorf("jobs %d: %v, %+v", jobs, err, totals)
		}
		close(order)
		var handled []queue.ID
		for id := range order {
			handled = append(handled, id)
		}
		if jobs == 1 && !slices.Equal(handled, ids) {
			t.Errorf("handled %v, want %v", handled, ids)
		}
	}
}

// TestAheadIsGivenBack ends and pauses a run with entries that were claimed ahead. They must be
// ready again, uncounted, and not handled. If the run was told to stop, that must not take as
// long as what is being handled.
func TestAheadIsGivenBack(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]struct {
		verdict     runner.Verdict
		drain, ends bool
		kinds       string
		err         error
	}{
		"drain":  {runner.Verdict{Kind: runner.Finished}, true, false, "finished", nil},
		"end":    {runner.Verdict{}, false, true, "deferred", nil},
		"error":  {runner.Verdict{Kind: runner.Finished, Err: syscall.EIO}, false, false, "finished", syscall.EIO},
		"pause":  {runner.Verdict{Pause: time.Hour}, false, false, "deferred", nil},
		"refuse": {runner.Verdict{Kind: runner.Finished}, false, false, "finished", queue.ErrBusy},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			ids := s.add(mail, mail, mail)
			drain, stop := context.WithCancel(t.Context())
			ctx, kill := context.WithCancel(t.Context())
			refused := make(chan error, 1)
			o := s.handling(func(_ context.Context, claim *queue.Claim, _ runner.Next) runner.Verdict {
				if claim.ID != ids[0] {
					t.Errorf("%v was handled", claim.ID)
				}
				s.becomes(3)
				switch {
				case end.drain:
					stop()
					s.becomes(1)
				case end.ends:
					kill()
					s.becomes(1)
				case name == "refuse":
					refused <- end.err
					time.Sleep(time.Second) // an answer is valid for so long
				}
				return end.verdict
			})
			o.Drain = drain
			o.Refuse = func() error {
				select {
				case err := <-refused:
					return err
				default:
					return nil
				}
			}
			totals, err := s.runUntil(ctx, o)
			if !errors.Is(err, end.err) {
				t.Errorf("%v, want %v", err, end.err)
			}
			if s.kinds() != end.kinds || totals.Restored != 0 {
				t.Errorf("outcomes %q, want %q; %+v", s.kinds(), end.kinds, totals)
			}
			if name != "error" && name != "refuse" && !totals.Left {
				t.Error("the run says that it has left nothing")
			}
			want := []string{ids[1].Name(queue.Ready), ids[2].Name(queue.Ready)}
			if end.kinds == "deferred" {
				want = append(want, ids[0].Name(queue.Ready))
			}
			s.has("in", want...)
			if n := s.read("in", ids[1], queue.Ready).Restores(); n != 0 {
				t.Errorf("%d restores were counted", n)
			}
			requeued := slices.ContainsFunc(s.traced, func(e queue.Event) bool { return e.ID == ids[1] && e.Kind == queue.WasRequeued })
			if !requeued {
				t.Errorf("the log does not say that it was requeued: %v", s.traced)
			}
		})
	}
}

// TestNotAhead checks that nothing is claimed ahead where that could do harm: beside an entry
// that may have killed an earlier run, beside one that needs much memory, and in runs of
// commands, over named entries, and that only look.
func TestNotAhead(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"restored", "large", "command", "only", "keep"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			if name == "large" {
				b := s.dir.NewBatch(func(string) error { return nil })
				recipients := make([]any, 20_000)
				for i := range recipients {
					recipients[i] = fmt.Sprintf("recipient-%d@example.com", i)
				}
				if err := errors.Join(write(b, mail, []message.Item{{Key: "recips", Value: recipients}}), b.Flush()); err != nil {
					t.Fatal(err)
				}
			}
			ids := s.add(mail, mail)
			if name == "restored" {
				claim, err := s.dir.Dequeue(ids[0])
				if err == nil {
					err = claim.Close()
				}
				if err != nil {
					t.Fatal(err)
				}
				once(t, func(done func(queue.Outcome, error)) { s.dir.RestoreEntries(ids[:1], queue.RestoreOptions{}, done) })
			}
			first := true
			o := s.handling(func(context.Context, *queue.Claim, runner.Next) runner.Verdict {
				if first {
					s.becomes(1)
				}
				first = false
				return runner.Verdict{Kind: runner.Finished}
			})
			switch name {
			case "command":
				o = s.options(`sleep 0.1; ls "${Q_ENTRY%/*}" | grep -c "bak$" >>$out/counts`)
			case "only":
				o.Only = ids
			case "keep":
				o.Keep = true
			}
			if _, err := s.run(o); err != nil {
				t.Error(err)
			}
			if counts := s.written("counts"); name == "command" && counts != "1\n1\n" {
				t.Errorf("entries in flight: %q", counts)
			}
		})
	}
}

// TestNext checks what a Handler gets as its next entry, and when that is handled.
func TestNext(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ids := s.add(mail, mail, mail, mail)
	var handled, named []queue.ID
	o := s.handling(func(_ context.Context, claim *queue.Claim, next runner.Next) runner.Verdict {
		handled = append(handled, claim.ID)
		s.becomes(min(3, len(ids)-len(handled)+1))
		if claim := next(); claim != nil {
			named = append(named, claim.ID)
			if claim.Content.List() != "test" {
				t.Errorf("%v cannot be read", claim.ID)
			}
		}
		if next() != nil {
			t.Error("there is a second next entry")
		}
		return runner.Verdict{Kind: runner.Finished}
	})
	if totals, err := s.run(o); err != nil || totals.Finished != len(ids) {
		t.Errorf("%v, %+v", err, totals)
	}
	// Nothing was claimed ahead when the first one began.
	if !slices.Equal(handled, ids) || !slices.Equal(named, ids[2:]) {
		t.Errorf("of %v: handled %v, named %v", ids, handled, named)
	}
}

// TestNextIsGivenBack stops a run whose Handler has taken its next entry. The entry stays in
// flight as long as the Handler may read it, and is requeued then, uncounted.
func TestNextIsGivenBack(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ids := s.add(mail, mail, mail, mail)
	drain, stop := context.WithCancel(t.Context())
	o := s.handling(func(_ context.Context, claim *queue.Claim, next runner.Next) runner.Verdict {
		switch claim.ID {
		case ids[0]:
			s.becomes(3)
		case ids[1]:
			s.becomes(3)
			if claim := next(); claim == nil || claim.ID != ids[2] {
				t.Errorf("the next one is %v", claim)
			}
			stop()
			s.becomes(2)
		default:
			t.Errorf("%v was handled", claim.ID)
		}
		return runner.Verdict{Kind: runner.Finished}
	})
	o.Drain = drain
	if totals, err := s.run(o); err != nil || totals.Finished != 2 || !totals.Left {
		t.Errorf("%v, %+v", err, totals)
	}
	s.has("in", ids[2].Name(queue.Ready), ids[3].Name(queue.Ready))
	if n := s.read("in", ids[2], queue.Ready).Restores(); n != 0 {
		t.Errorf("%d restores were counted", n)
	}
}

// TestNextOfSlow checks that an entry does not wait for the slow Handler that it was offered to,
// unless that one has taken it.
func TestNextOfSlow(t *testing.T) {
	t.Parallel()
	for _, takes := range []bool{false, true} {
		s := newSite(t)
		ids := s.add(slices.Repeat([]string{mail}, 9)...)
		var handled atomic.Int32
		var ended atomic.Bool
		var taken atomic.Pointer[queue.Claim]
		// One Handler is slow. If it is to take its next entry, it is the first one with an
		// offer.
		var choosing sync.Mutex
		chosen := false
		slow := func(next runner.Next) bool {
			choosing.Lock()
			defer choosing.Unlock()
			if chosen {
				return false
			}
			if takes {
				taken.Store(next())
			}
			chosen = !takes || taken.Load() != nil
			return chosen
		}
		o := s.handling(func(_ context.Context, claim *queue.Claim, next runner.Next) runner.Verdict {
			switch n := handled.Add(1); {
			case n <= 2:
				// The next ones then begin with an offer.
				eventually(t, "claims ahead", func() bool { return s.inFlight() >= 5 })
			case slow(next):
				others := len(ids)
				if takes {
					others--
				}
				eventually(t, "the beginning of the others", func() bool { return int(handled.Load()) == others })
				ended.Store(true)
			case claim == taken.Load() && !ended.Load():
				t.Error("the next entry is handled although the one before it is")
			}
			return runner.Verdict{Kind: runner.Finished}
		})
		o.Jobs = 2
		if totals, err := s.run(o); err != nil || totals.Finished != len(ids) {
			t.Errorf("%v, %+v", err, totals)
		}
		if takes && taken.Load() == nil {
			t.Error("there was no next entry")
		}
	}
}
