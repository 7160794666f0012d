package runner

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"switchboard/pkg/queue"
)

// syncs is a disk whose syncs end when the test says so.
type syncs struct{ ends []chan error }

func (s *syncs) start() (wait func() error) {
	end := make(chan error)
	s.ends = append(s.ends, end)
	return func() error { return <-end }
}

// TestUntold checks that an outcome is told after the sync that began after it, in order,
// and not at all if that sync fails.
func TestUntold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var s syncs
		var told strings.Builder
		u := newUntold(s.start, 1)
		add := func(name string) { u.add(func() { told.WriteString(name) }) }
		add("a")
		u.sync(false)
		add("b")
		add("c")
		u.sync(true) // the first one is still in progress
		if len(s.ends) != 1 || told.String() != "" {
			t.Fatalf("%d syncs began, told %q", len(s.ends), told.String())
		}
		s.ends[0] <- nil
		u.tell(<-u.ended)
		if told.String() != "a" {
			t.Fatalf("told %q after the first sync", told.String())
		}
		u.sync(false)
		if len(s.ends) != 1 {
			t.Fatal("two syncs began at once")
		}
		<-u.due
		u.due = nil
		u.sync(false)
		add("d")
		s.ends[1] <- syscall.EIO
		u.tell(<-u.ended)
		u.sync(true)
		s.ends[2] <- nil
		u.tell(<-u.ended)
		if told.String() != "ad" {
			t.Fatalf("told %q; the sync of b and c failed", told.String())
		}
		for range fewestUntold {
			if u.full() {
				t.Fatal("full too early")
			}
			add("x")
		}
		if !u.full() {
			t.Fatal("not full")
		}
	})
}

// overlap is a run over a queue of n messages whose syncs are slow or fail.
type overlap struct {
	*run
	t   *testing.T
	out string
	n   int

	mu   sync.Mutex
	told []Outcome
	// most is the largest number of entries that were handled and not told.
	most int
}

// newOverlap runs a line of shell for each message, or o.Handler if that is "".
func newOverlap(t *testing.T, n int, shell string, o Options, startSync func(real func() func() error) func() error) *overlap {
	t.Helper()
	root := t.TempDir()
	dir, err := queue.Create(filepath.Join(root, "in"), queue.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dir.Close() })
	ov := &overlap{t: t, n: n, out: t.TempDir()}
	b := dir.NewBatch(func(string) error { return nil })
	for i := range n {
		p, err := b.Create(queue.Metadata{})
		if err == nil {
			_, err = fmt.Fprintf(p, "Subject: %d\n\n", i)
		}
		if err = errors.Join(err, p.Commit()); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Flush(); err != nil {
		t.Fatal(err)
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { null.Close() })
	if shell != "" {
		if o.Command, err = Find("sh", "-c", shell); err != nil {
			t.Fatal(err)
		}
	}
	o.Env, o.TempDir, o.Stdout, o.Stderr = append(os.Environ(), "out="+ov.out), root, null, null
	o.Report = func(err error) { t.Log(err) }
	o.Outcome = func(outcome Outcome) error {
		ov.mu.Lock()
		defer ov.mu.Unlock()
		ov.most = max(ov.most, n-ov.entries()-len(ov.told))
		ov.told = append(ov.told, outcome)
		return nil
	}
	ov.run = newRun(t.Context(), dir, o)
	ov.untold.startSync = func() func() error { return startSync(dir.StartSync) }
	return ov
}

// entries returns how many entries are in the queue.
func (ov *overlap) entries() (n int) {
	list, err := os.ReadDir(ov.dir.Path())
	if err != nil {
		ov.t.Error(err)
	}
	for _, e := range list {
		if _, state := queue.SplitName(e.Name()); state != queue.Stray {
			n++
		}
	}
	return n
}

// begun returns how many commands have begun, if each makes a file.
func (ov *overlap) begun() int {
	list, _ := os.ReadDir(ov.out)
	return len(list)
}

// slowly is a sync that takes long.
func slowly(real func() func() error) func() error {
	wait := real()
	return func() error {
		time.Sleep(30 * time.Millisecond)
		return wait()
	}
}

// TestSlowSync checks how many entries are handled and not told if commands end much faster
// than the disk syncs, and that all are told in the end.
func TestSlowSync(t *testing.T) {
	t.Parallel()
	for _, jobs := range []int{1, 8, 40} {
		t.Run(fmt.Sprint(jobs), func(t *testing.T) {
			t.Parallel()
			ov := newOverlap(t, 120, ":", Options{Jobs: jobs}, slowly)
			if err := ov.run.run(t.Context()); err != nil {
				t.Fatal(err)
			}
			if len(ov.told) != ov.n || ov.Finished != ov.n || ov.entries() != 0 {
				t.Errorf("%d told, %d finished, %d entries left", len(ov.told), ov.Finished, ov.entries())
			}
			if limit := max(fewestUntold, jobs); ov.most > limit {
				t.Errorf("%d were handled and not told, more than %d", ov.most, limit)
			}
		})
	}
}

// TestSyncFails checks that a failed sync is the error of the run, that nothing is told
// which it should have made durable, and that the run does not go on.
func TestSyncFails(t *testing.T) {
	t.Parallel()
	for _, jobs := range []int{1, 8} {
		for _, good := range []int{0, 3} {
			syncs, durable := 0, 0
			var ov *overlap
			ov = newOverlap(t, 300, "mktemp $out/XXXXXX", Options{Jobs: jobs}, func(real func() func() error) func() error {
				if syncs++; syncs > good {
					return func() error { return syscall.EIO }
				}
				durable += len(ov.untold.syncing)
				return real()
			})
			err := ov.run.run(t.Context())
			if !errors.Is(err, syscall.EIO) || strings.Count(err.Error(), syscall.EIO.Error()) != 1 {
				t.Errorf("jobs %d: %v", jobs, err)
			}
			if len(ov.told) != durable {
				t.Errorf("jobs %d: %d told, %d durable", jobs, len(ov.told), durable)
			}
			if n := ov.begun(); n == 0 || n > ov.n/2 {
				t.Errorf("jobs %d: %d commands began", jobs, n)
			}
		}
	}
}

// TestStopWhileSyncing checks that a run that is stopped tells all that it has handled.
func TestStopWhileSyncing(t *testing.T) {
	t.Parallel()
	for _, jobs := range []int{1, 8} {
		drain, stop := context.WithCancel(t.Context())
		ov := newOverlap(t, 300, ":", Options{Jobs: jobs, Wait: true, Drain: drain}, func(real func() func() error) func() error {
			stop()
			return slowly(real)
		})
		if err := ov.run.run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if handled := ov.n - ov.entries(); len(ov.told) != handled || handled == 0 || handled == ov.n {
			t.Errorf("jobs %d: %d of %d handled, %d told", jobs, handled, ov.n, len(ov.told))
		}
	}
}

// TestToldWhenIdle checks that a run that waits for more tells what it has handled.
func TestToldWhenIdle(t *testing.T) {
	t.Parallel()
	for _, jobs := range []int{1, 8} {
		drain, stop := context.WithCancel(t.Context())
		ov := newOverlap(t, 11, ":", Options{Jobs: jobs, Wait: true, Drain: drain}, slowly)
		ended := make(chan error)
		go func() { ended <- ov.run.run(t.Context()) }()
		for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
			ov.mu.Lock()
			told := len(ov.told)
			ov.mu.Unlock()
			if told == ov.n {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("%d told", told)
			}
		}
		stop()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
	}
}

// TestOtherOutcomesWhileSyncing mixes commands that exit 0 with others. All are told once, and
// a command that has requeued its own entry does not keep the others from it.
func TestOtherOutcomesWhileSyncing(t *testing.T) {
	t.Parallel()
	shell := `read -r _ n; case $n in
		*3) exit 1;; *5) exit 75;; *7) kill -9 $$;; *9) mv "$Q_ENTRY" "${Q_ENTRY%.bak}.pck";; esac`
	for _, jobs := range []int{1, 8} {
		ov := newOverlap(t, 60, shell, Options{Jobs: jobs, MaxRestores: 1}, slowly)
		if err := ov.run.run(t.Context()); err != nil {
			t.Fatal(err)
		}
		want := Totals{Finished: 36, Shunted: 6, Deferred: 6, Waiting: 6, Preserved: 6}
		if ov.Totals != want || len(ov.told) != 54 {
			t.Errorf("jobs %d: %+v, %d told", jobs, ov.Totals, len(ov.told))
		}
	}
}

// TestVerdictsWhileSyncing does the same with a function: its entries are told once, and
// those that it finished are gone.
func TestVerdictsWhileSyncing(t *testing.T) {
	t.Parallel()
	handle := func(_ context.Context, claim *queue.Claim, _ Next) Verdict {
		var text strings.Builder
		if err := claim.Content.WriteMessage(&text); err != nil {
			return Verdict{Err: err}
		}
		switch strings.TrimRight(text.String(), "\n")[len(text.String())-3] {
		case '1':
			return Verdict{Kind: Retried}
		case '3':
			return Verdict{Kind: Shunted}
		case '5':
			return Verdict{Kind: Deferred, Until: time.Now().Add(time.Hour)}
		case '7':
			panic("a mistake")
		}
		return Verdict{Kind: Finished}
	}
	for _, jobs := range []int{1, 8} {
		ov := newOverlap(t, 60, "", Options{Jobs: jobs, MaxRestores: 1, Handler: handle}, slowly)
		if err := ov.run.run(t.Context()); err != nil {
			t.Fatal(err)
		}
		want := Totals{Finished: 36, Retried: 6, Shunted: 6, Deferred: 6, Waiting: 6, Preserved: 6}
		if ov.Totals != want || len(ov.told) != 60 || ov.entries() != 6 {
			t.Errorf("jobs %d: %+v, %d told, %d left", jobs, ov.Totals, len(ov.told), ov.entries())
		}
	}
}
