package runner_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"switchboard/pkg/message"
	"switchboard/pkg/queue"
	"switchboard/pkg/runner"
)

// subject returns the subject of a claimed message.
func subject(claim *queue.Claim) string {
	var text strings.Builder
	if err := claim.Content.WriteMessage(&text); err != nil {
		return err.Error()
	}
	_, rest, _ := strings.Cut(text.String(), "Subject: ")
	subject, _, _ := strings.Cut(rest, "\n")
	return subject
}

// TestVerdicts checks what happens to an entry for each verdict of a handler.
func TestVerdicts(t *testing.T) {
	t.Parallel()
	full := func(*queue.Claim) error { return syscall.ENOSPC }
	fine := func(*queue.Claim) error { return nil }
	tests := []struct {
		name           string
		verdict        runner.Verdict
		kinds, why     string
		in, other, bad int // other: in the shunt or the retry queue
		totals         runner.Totals
		reports        int
		err            error
	}{
		{"finished", runner.Verdict{Kind: runner.Finished, Why: "taken"}, "finished", "taken", 0, 0, 0, runner.Totals{Finished: 1}, 0, nil},
		{"requeued", runner.Verdict{Kind: runner.Deferred, Why: "busy"}, "deferred", "busy; requeued", 1, 0, 0, runner.Totals{Deferred: 1, Waiting: 1}, 0, nil},
		{"nothing said", runner.Verdict{}, "deferred", "requeued", 1, 0, 0, runner.Totals{Deferred: 1, Waiting: 1}, 0, nil},
		{"shunted", runner.Verdict{Kind: runner.Shunted, Why: "refused"}, "shunted", "refused; moved to ROOT/shunt/ENTRY.pck", 0, 1, 0, runner.Totals{Shunted: 1}, 0, nil},
		{"retried", runner.Verdict{Kind: runner.Retried, Why: "busy"}, "retried", "busy; moved to ROOT/retry/ENTRY.pck", 0, 1, 0, runner.Totals{Retried: 1}, 0, nil},
		{"preserved", runner.Verdict{Kind: runner.Preserved, Why: "nonsense"}, "preserved", "nonsense; preserved as ROOT/bad/ENTRY.psv", 0, 0, 1, runner.Totals{Preserved: 1}, 0, nil},
		{"malformed", runner.Verdict{Err: message.ErrMalformed}, "preserved", message.ErrMalformed.Error() + "; preserved as ROOT/bad/ENTRY.psv", 0, 0, 1, runner.Totals{Preserved: 1}, 0, nil},
		{"crashed", runner.Verdict{Kind: runner.Restored, Why: "odd"}, "restored restored preserved", "odd; restored (1)", 0, 0, 1, runner.Totals{Restored: 2, Preserved: 1}, 0, nil},
		{"error", runner.Verdict{Err: syscall.EIO}, "", "", 1, 0, 0, runner.Totals{}, 0, syscall.EIO},
		{"error and shunted", runner.Verdict{Kind: runner.Shunted, Err: syscall.EIO}, "shunted", "moved to ROOT/shunt/ENTRY.pck", 0, 1, 0, runner.Totals{Shunted: 1}, 0, syscall.EIO},
		{"prepared", runner.Verdict{Kind: runner.Finished, Before: fine}, "finished", "", 0, 0, 0, runner.Totals{Finished: 1}, 0, nil},
		{"not prepared", runner.Verdict{Kind: runner.Finished, Before: full}, "", "", 1, 0, 0, runner.Totals{}, 1, nil},
		{"pause", runner.Verdict{Pause: time.Hour}, "deferred", "requeued", 1, 0, 0, runner.Totals{Deferred: 1, Waiting: 1, Left: true}, 0, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			id := s.add(mail)[0]
			test.verdict.Detail = "detail"
			totals, err := s.run(s.handling(func(context.Context, *queue.Claim, runner.Next) runner.Verdict { return test.verdict }))
			if !errors.Is(err, test.err) || err != nil && test.err == nil {
				t.Errorf("%v, want %v", err, test.err)
			}
			if got := s.kinds(); got != test.kinds {
				t.Errorf("outcomes %q, want %q", got, test.kinds)
			}
			if totals != test.totals {
				t.Errorf("%+v, want %+v", totals, test.totals)
			}
			for name, want := range map[string]int{"in": test.in, "bad": test.bad} {
				if got := s.files(name); len(got) != want {
					t.Errorf("%s holds %q, want %d", name, got, want)
				}
			}
			if n := len(s.files("shunt")) + len(s.files("retry")); n != test.other {
				t.Errorf("%d are in other queues, want %d", n, test.other)
			}
			if test.in > 0 {
				s.has("in", id.Name(queue.Ready))
			}
			if len(s.reports) != test.reports {
				t.Errorf("reported %v, want %d", s.reports, test.reports)
			}
			if len(s.outcomes) == 0 {
				return
			}
			o := s.outcomes[0]
			why := strings.NewReplacer("ROOT", s.root, "ENTRY", id.String()).Replace(test.why)
			handled := test.verdict.Err == nil || test.verdict.Kind != ""
			if o.Why != why || o.Exit != nil || o.Ran != handled || (o.Detail == "detail") != handled {
				t.Errorf("outcome %+v, want the reason %q", o, why)
			}
		})
	}
}

// TestSet checks that an entry gets the metadata of its verdict when it moves.
func TestSet(t *testing.T) {
	t.Parallel()
	for kind, name := range map[runner.Kind]string{runner.Shunted: "shunt", runner.Retried: "retry"} {
		s := newSite(t)
		id := s.add(mail)[0]
		set := []message.Setting{{Key: "recips", Value: []string{"a@example.com"}}}
		_, err := s.run(s.handling(func(context.Context, *queue.Claim, runner.Next) runner.Verdict {
			return runner.Verdict{Kind: kind, Set: set}
		}))
		if err != nil {
			t.Fatal(err)
		}
		recipients, _, err := s.read(name, id, queue.Ready).Texts("recips")
		if err != nil || recipients.Len() != 1 || recipients.At(0) != "a@example.com" {
			t.Errorf("%s: recipients %v, %v", name, recipients, err)
		}
	}
}

// TestCannotMove checks that a run of a handler finds out at the start that entries cannot
// be moved to the retry queue, and then handles none. A run of a command does not need it.
func TestCannotMove(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	id := s.add(mail)[0]
	if err := os.WriteFile(filepath.Join(s.root, "retry"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	o := s.handling(func(context.Context, *queue.Claim, runner.Next) runner.Verdict {
		return runner.Verdict{Kind: runner.Finished}
	})
	if _, err := s.run(o); !errors.Is(err, queue.ErrCreate) {
		t.Error(err)
	}
	s.has("in", id.Name(queue.Ready))
	if _, err := s.run(s.options(":")); err != nil || s.kinds() != "finished" {
		t.Errorf("%v, outcomes %q", err, s.kinds())
	}
}

// TestMoveFails checks that a run ends if its retry queue goes bad: it would send the other
// messages, too, and again after the next start.
func TestMoveFails(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.add(mail, mail, mail)
	calls := 0
	_, err := s.run(s.handling(func(context.Context, *queue.Claim, runner.Next) runner.Verdict {
		if calls++; calls == 1 {
			if err := os.WriteFile(filepath.Join(s.root, "retry"), nil, 0o644); err != nil {
				t.Error(err)
			}
		}
		return runner.Verdict{Kind: runner.Retried}
	}))
	if err == nil || calls != 1 {
		t.Errorf("%d calls, %v", calls, err)
	}
	if got := s.files("in"); len(got) != 3 {
		t.Errorf("in holds %q, want all three", got)
	}
}

// TestRetriedOnce checks that an entry that was moved to the retry queue is not handled
// again by the same run if Feed brings it back at once.
func TestRetriedOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	id := s.add(mail)[0]
	o := s.handling(func(context.Context, *queue.Claim, runner.Next) runner.Verdict {
		return runner.Verdict{Kind: runner.Retried}
	})
	o.Feed = func() (time.Duration, error) {
		if len(s.files("retry")) == 0 {
			return 0, nil
		}
		retry, err := queue.Open(filepath.Join(s.root, "retry"), queue.Options{NoSync: true})
		if err != nil {
			return 0, err
		}
		defer retry.Close()
		once(t, func(done func(queue.Outcome, error)) {
			retry.Move([]queue.ID{id}, queue.MoveOptions{From: queue.Ready, To: s.dir}, done)
		})
		return 0, nil
	}
	if _, err := s.run(o); err != nil || s.kinds() != "retried" {
		t.Errorf("%v, outcomes %q", err, s.kinds())
	}
	s.has("in", id.Name(queue.Ready))
}

// TestPanic checks that a handler that panics has crashed on its entry: the others are
// handled, and the entry is preserved at the limit.
func TestPanic(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ids := s.add("Subject: crash\n\n", mail, mail)
	o := s.handling(func(_ context.Context, claim *queue.Claim, _ runner.Next) runner.Verdict {
		if subject(claim) == "crash" {
			var none []int
			_ = none[len(ids)]
		}
		return runner.Verdict{Kind: runner.Finished}
	})
	if _, err := s.run(o); err != nil {
		t.Fatal(err)
	}
	if got, want := s.kinds(), "restored finished finished restored preserved"; got != want {
		t.Errorf("outcomes %q, want %q", got, want)
	}
	s.has("in")
	s.has("bad", ids[0].Name(queue.Preserved))
	if n := s.read("bad", ids[0], queue.Preserved).Restores(); n != 3 {
		t.Errorf("%d restores are counted, want 3", n)
	}
	if why := s.outcomes[0].Why; !strings.HasPrefix(why, "panic: runtime error: index out of range") {
		t.Errorf("the reason is %q", why)
	}
	var panicked *runner.PanicError
	if len(s.reports) != 3 || !errors.As(s.reports[0], &panicked) || !strings.Contains(string(panicked.Stack), "TestPanic") {
		t.Errorf("reported %v", s.reports)
	}
}

// TestHandlerKeepsFailing checks that the limit of failures in a row holds for handlers.
func TestHandlerKeepsFailing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.add(mail, "Subject: panic\n\n", mail, mail)
	o := s.handling(func(_ context.Context, claim *queue.Claim, _ runner.Next) runner.Verdict {
		if subject(claim) == "panic" {
			panic("a mistake")
		}
		return runner.Verdict{Kind: runner.Shunted}
	})
	o.MaxFailures = 3
	_, err := s.run(o)
	if !errors.Is(err, runner.ErrFailing) || s.kinds() != "shunted restored shunted" {
		t.Errorf("%v, outcomes %q", err, s.kinds())
	}
}

// TestHandlerRunsAlone checks that handlers run beside each other, and that nobody can
// restore an entry while its handler runs.
func TestHandlerRunsAlone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.add(mail, mail, mail)
	other, err := queue.Open(s.dir.Path(), queue.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	var running atomic.Int32
	all, checked := make(chan struct{}), make(chan struct{})
	o := s.handling(func(_ context.Context, claim *queue.Claim, _ runner.Next) runner.Verdict {
		if running.Add(1) == 3 {
			close(all)
		}
		<-all
		if claim.Content.List() != "test" {
			return runner.Verdict{}
		}
		<-checked
		return runner.Verdict{Kind: runner.Finished}
	})
	o.Jobs = 3
	go func() {
		defer close(checked)
		<-all
		other.Restore(queue.RestoreOptions{}, func(_ queue.Outcome, err error) {
			if !errors.Is(err, queue.ErrBusy) {
				t.Errorf("an entry could be restored: %v", err)
			}
		})
	}()
	if _, err := s.run(o); err != nil || s.kinds() != "finished finished finished" {
		t.Errorf("%v, outcomes %q", err, s.kinds())
	}
}

// TestDrainHandler checks that Drain lets a handler end, and that no new one starts.
func TestDrainHandler(t *testing.T) {
	t.Parallel()
	for _, wait := range []bool{false, true} {
		s := newSite(t)
		ids := s.add(mail, mail)
		drain, stop := context.WithCancel(t.Context())
		draining := make(chan struct{})
		o := s.handling(func(ctx context.Context, _ *queue.Claim, _ runner.Next) runner.Verdict {
			stop()
			<-draining
			return runner.Verdict{Kind: runner.Finished, Err: ctx.Err()}
		})
		o.Drain, o.Draining, o.Wait = drain, func(int) { close(draining) }, wait
		totals, err := s.run(o)
		if err != nil || s.kinds() != "finished" || !totals.Left {
			t.Errorf("%+v, %v, outcomes %q", totals, err, s.kinds())
		}
		s.has("in", ids[1].Name(queue.Ready))
	}
}

// TestStopHandler checks that handlers see that the run must end, and that their verdicts
// still hold.
func TestStopHandler(t *testing.T) {
	t.Parallel()
	for _, kind := range []runner.Kind{runner.Deferred, runner.Finished} {
		s := newSite(t)
		ids := s.add(mail, mail)
		ctx, end := context.WithCancel(t.Context())
		o := s.handling(func(ctx context.Context, _ *queue.Claim, _ runner.Next) runner.Verdict {
			end()
			<-ctx.Done()
			return runner.Verdict{Kind: kind}
		})
		totals, err := s.runUntil(ctx, o)
		if err != nil || s.kinds() != string(kind) || !totals.Left {
			t.Errorf("%+v, %v, outcomes %q", totals, err, s.kinds())
		}
		if n := len(s.files("in")); n != 1 && kind == runner.Finished || !s.dir.Has(ids[1], queue.Ready) {
			t.Errorf("%d are left", n)
		}
	}
}
