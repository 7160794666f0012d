package runner_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
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
			totals, err := s.run(s.handling(func(context.Context, *queue.Claim) runner.Verdict { return test.verdict }))
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
		_, err := s.run(s.handling(func(context.Context, *queue.Claim) runner.Verdict { return runner.Verdict{Kind: kind, Set: set} }))
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
	o := s.handling(func(context.Context, *queue.Claim) runner.Verdict { return runner.Verdict{Kind: runner.Finished} })
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
	_, err := s.run(s.handling(func(context.Context, *queue.Claim) runner.Verdict {
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
	o := s.handling(func(context.Context, *queue.Claim) runner.Verdict { return runner.Verdict{Kind: runner.Retried} })
	o.Feed = func() (time.Duration, error) {
		if len(s.files("retry")) == 0 {
			return 0, nil
		}
		retry, err := queue.Open(filepath.Join(s.root, "retry"), queue.Options{NoSync: true})
		if err != nil {
			return 0, err
		}
		defer retry.Close()
		retry.Move([]queue.ID{id}, queue.MoveOptions{From: queue.Ready, To: s.dir}, func(_ queue.Outcome, failed error) { err = failed })
		return 0, err
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
	o := s.handling(func(_ context.Context, claim *queue.Claim) runner.Verdict {
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
	o := s.handling(func(_ context.Context, claim *queue.Claim) runner.Verdict {
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
	o := s.handling(func(_ context.Context, claim *queue.Claim) runner.Verdict {
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
		o := s.handling(func(ctx context.Context, _ *queue.Claim) runner.Verdict {
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
		o := s.handling(func(ctx context.Context, _ *queue.Claim) runner.Verdict {
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
	o := s.handling(func(_ context.Context, claim *queue.Claim) runner.Verdict {
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
	o := s.handling(func(context.Context, *queue.Claim) runner.Verdict {
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
	o.Handler = func(_ context.Context, claim *queue.Claim) runner.Verdict {
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

// TestUntil checks that an entry is tried at the time that its verdict names, and not
// before.
func TestUntil(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.add(mail)
	drain, stop := context.WithCancel(t.Context())
	var until time.Time
	o := s.handling(func(context.Context, *queue.Claim) runner.Verdict {
		if until.IsZero() {
			until = time.Now().Add(200 * time.Millisecond)
			return runner.Verdict{Kind: runner.Deferred, Until: until}
		}
		if late := time.Since(until); late < 0 || late > 8*time.Second {
			t.Errorf("tried %v too late", late)
		}
		stop()
		return runner.Verdict{Kind: runner.Finished}
	})
	o.Wait, o.Drain = true, drain
	if _, err := s.run(o); err != nil || s.kinds() != "deferred finished" {
		t.Errorf("%v, outcomes %q", err, s.kinds())
	}
}

// TestFeed checks that a pass sees what Feed has moved into the queue, and that a run that
// waits calls Feed again when it asked for that.
func TestFeed(t *testing.T) {
	t.Parallel()
	for _, wait := range []bool{false, true} {
		s := newSite(t)
		id := s.add(mail)[0]
		retry := s.retry(id)
		drain, stop := context.WithCancel(t.Context())
		o := s.handling(func(context.Context, *queue.Claim) runner.Verdict {
			stop()
			return runner.Verdict{Kind: runner.Finished}
		})
		fed, began := 0, time.Now()
		o.Feed = func() (time.Duration, error) {
			if fed++; fed == 1 && wait {
				return 50 * time.Millisecond, nil
			}
			// After 10 seconds, the watch would wake the run.
			if late := time.Since(began); fed == 2 && late > 8*time.Second {
				t.Errorf("called again after %v", late)
			}
			if fed < 3 {
				retry.Move([]queue.ID{id}, queue.MoveOptions{From: queue.Ready, To: s.dir}, func(_ queue.Outcome, err error) {
					if err != nil {
						t.Error(err)
					}
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
func (s *site) retry(id queue.ID) *queue.Dir {
	s.t.Helper()
	retry, err := queue.Create(filepath.Join(s.root, "retry"), queue.Options{NoSync: true})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { retry.Close() })
	s.dir.Move([]queue.ID{id}, queue.MoveOptions{From: queue.Ready, To: retry}, func(_ queue.Outcome, err error) {
		if err != nil {
			s.t.Fatal(err)
		}
	})
	return retry
}

// TestFeedFails checks that an error of Feed ends the run.
func TestFeedFails(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	id := s.add(mail)[0]
	o := s.handling(func(context.Context, *queue.Claim) runner.Verdict { return runner.Verdict{Kind: runner.Finished} })
	o.Feed = func() (time.Duration, error) { return 0, syscall.EIO }
	if _, err := s.run(o); !errors.Is(err, syscall.EIO) {
		t.Error(err)
	}
	s.has("in", id.Name(queue.Ready))
}

// TestOnly checks that a run with Options.Only handles these entries, each once, beside
// another run of the whole queue, and restores nothing.
func TestOnly(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ids := s.add(mail, "Subject: crash\n\n", mail, mail, mail)
	claim, err := s.dir.Dequeue(ids[3])
	if err != nil {
		t.Fatal(err)
	}
	claim.Close()
	other, err := queue.Open(s.dir.Path(), queue.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := other.LockSlice(queue.Slice{}, true); err != nil {
		t.Fatal(err)
	}
	var handled []queue.ID
	o := s.handling(func(_ context.Context, claim *queue.Claim) runner.Verdict {
		handled = append(handled, claim.ID)
		if claim.ID == ids[1] {
			panic("a mistake")
		}
		return runner.Verdict{Kind: runner.Finished}
	})
	o.Only = []queue.ID{ids[2], ids[3], ids[1], ids[0]}
	totals, err := s.run(o)
	if err != nil || s.kinds() != "finished restored finished" || totals.Waiting != 1 {
		t.Errorf("%v, %+v, outcomes %q", err, totals, s.kinds())
	}
	if len(handled) != 3 || handled[0] != ids[2] || handled[1] != ids[1] || handled[2] != ids[0] {
		t.Errorf("handled %v", handled)
	}
	s.has("in", ids[1].Name(queue.Ready), ids[3].Name(queue.InFlight), ids[4].Name(queue.Ready))
	if len(s.reports) != 2 || !errors.Is(s.reports[0], queue.ErrState) {
		t.Errorf("reported %v", s.reports)
	}
}

// TestOnlyStopped checks that a run with Options.Only says that it left some of them.
func TestOnlyStopped(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ids := s.add(mail, mail)
	o := s.handling(func(context.Context, *queue.Claim) runner.Verdict { return runner.Verdict{Pause: time.Hour} })
	o.Only = ids
	totals, err := s.run(o)
	if err != nil || s.kinds() != "deferred" || !totals.Left {
		t.Errorf("%v, %+v, outcomes %q", err, totals, s.kinds())
	}
	if _, err := os.Stat(filepath.Join(s.dir.Path(), "switchboard.lock")); !errors.Is(err, os.ErrNotExist) {
		t.Error("the slice was locked")
	}
}
