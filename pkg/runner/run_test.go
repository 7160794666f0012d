package runner_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"switchboard/pkg/queue"
	"switchboard/pkg/runner"
)

func TestFind(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, []byte("#!/bin/sh\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		status int
	}{
		{"sh", 0},
		{"no-such-command-at-all", runner.NotFound},
		{filepath.Join(dir, "missing"), runner.NotFound},
		{plain + "/below", runner.NotFound},
		{plain, runner.CannotExecute},
		{dir, runner.CannotExecute},
	}
	for _, test := range tests {
		_, err := runner.Find(test.name)
		var refused *runner.CommandError
		if test.status == 0 {
			if err != nil {
				t.Errorf("%s: %v", test.name, err)
			}
		} else if !errors.As(err, &refused) || refused.Status != test.status {
			t.Errorf("%s: %v, want status %d", test.name, err, test.status)
		}
	}
}

// TestCommandGone checks that if the command cannot be started any more, entries stay
// ready and nothing is counted.
func TestCommandGone(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, script string
		status       int
	}{
		{"removed", "", runner.NotFound},
		{"interpreter removed", "#!/no/such/interpreter\n", runner.CannotExecute},
		{"not a program", "\x7fELF and nothing more", runner.CannotExecute},
	} {
		s := newSite(t)
		ids := s.add(mail, mail)
		o := s.options("")
		o.Command.Path = filepath.Join(t.TempDir(), "command")
		if test.script != "" {
			if err := os.WriteFile(o.Command.Path, []byte(test.script), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		o.Command.Args = []string{o.Command.Path}
		_, err := s.run(o)
		var refused *runner.CommandError
		if !errors.As(err, &refused) || refused.Status != test.status {
			t.Errorf("%s: %v, want status %d", test.name, err, test.status)
		}
		s.has("in", ids[0].Name(queue.Ready), ids[1].Name(queue.Ready))
		if n := s.read("in", ids[0], queue.Ready).Restores(); n != 0 {
			t.Errorf("%s: %d restores are counted", test.name, n)
		}
	}
}

// TestLockedWhileRunning checks that nobody can restore an entry while its command
// runs.
func TestLockedWhileRunning(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	id := s.add(mail)[0]
	other, err := queue.Open(s.dir.Path(), queue.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.run(s.options(`touch $out/begun; while ! test -e $out/go; do sleep 0.01; done`))
	}()
	eventually(t, "the command", func() bool { _, err := os.Stat(filepath.Join(s.out, "begun")); return err == nil })
	busy := false
	other.RestoreEntries([]queue.ID{id}, queue.RestoreOptions{MaxRestores: 3}, func(_ queue.Outcome, err error) {
		busy = errors.Is(err, queue.ErrBusy)
	})
	if !busy {
		t.Error("the entry could be restored")
	}
	if err := os.WriteFile(filepath.Join(s.out, "go"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	<-ended
	if s.kinds() != "finished" {
		t.Errorf("outcomes %q", s.kinds())
	}
}

// TestRestoresFirst checks that entries that an earlier run left in flight are restored
// first, and that the restore is counted. With MinAge, an entry that was claimed a
// moment ago is left alone.
func TestRestoresFirst(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		age   time.Duration
		kinds string
	}{{0, "restored finished finished"}, {time.Hour, "finished"}} {
		s := newSite(t)
		ids := s.add(mail, mail)
		claim, err := s.dir.Dequeue(ids[0])
		if err != nil {
			t.Fatal(err)
		}
		claim.Close()
		o := s.options(`:`)
		o.MinAge = test.age
		if _, err := s.run(o); err != nil || s.kinds() != test.kinds {
			t.Errorf("min-age %v: %v, outcomes %q, want %q", test.age, err, s.kinds(), test.kinds)
		}
	}
}

// TestDrain checks that Drain lets running commands end, and that no new one starts.
func TestDrain(t *testing.T) {
	t.Parallel()
	for _, wait := range []bool{false, true} {
		s := newSite(t)
		ids := s.add(mail, mail)
		drain, stop := context.WithCancel(t.Context())
		draining := make(chan struct{})
		o := s.options(`touch $out/begun; while ! test -e $out/go; do sleep 0.01; done`)
		o.Drain, o.Draining, o.Wait = drain, func(int) { close(draining) }, wait
		go func() {
			eventually(t, "the command", func() bool { _, err := os.Stat(filepath.Join(s.out, "begun")); return err == nil })
			stop()
			<-draining
			os.WriteFile(filepath.Join(s.out, "go"), nil, 0o600)
		}()
		totals, err := s.run(o)
		if err != nil || s.kinds() != "finished" || !totals.Left {
			t.Errorf("%+v, %v, outcomes %q", totals, err, s.kinds())
		}
		s.has("in", ids[1].Name(queue.Ready))
	}
}

// TestStop checks that running commands are told to end when the context is done. This
// does not count as a crash.
func TestStop(t *testing.T) {
	t.Parallel()
	for _, shell := range []string{`exec sleep 1000`, `trap '' TERM; sleep 1000; sleep 1000`, `trap 'exit 0' TERM; sleep 1000 & wait`} {
		s := newSite(t)
		id := s.add(mail)[0]
		ctx, end := context.WithCancel(t.Context())
		drain, stop := context.WithCancel(ctx)
		o := s.options(`touch $out/begun; ` + shell)
		o.Drain, o.Grace = drain, 200*time.Millisecond
		go func() {
			eventually(t, "the command", func() bool { _, err := os.Stat(filepath.Join(s.out, "begun")); return err == nil })
			stop()
			end()
		}()
		if _, err := s.runUntil(ctx, o); err != nil || s.kinds() != "deferred" {
			t.Errorf("%s: %v, outcomes %q", shell, err, s.kinds())
		}
		s.has("in", id.Name(queue.Ready))
		if n := s.read("in", id, queue.Ready).Restores(); n != 0 {
			t.Errorf("%s: %d restores are counted", shell, n)
		}
	}
}

// TestWait checks that a waiting run handles new entries, tries a requeued entry again
// later but not at once, and ends when told to.
func TestWait(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	drain, stop := context.WithCancel(t.Context())
	o := s.options(`echo x >>$out/runs; if grep -q later; then exit 75; fi; cat >>$out/read`)
	o.Wait, o.Drain = true, drain
	ended := make(chan error, 1)
	go func() {
		_, err := runner.Run(t.Context(), s.dir, o)
		ended <- err
	}()
	store := func(text string) {
		other, err := queue.Open(s.dir.Path(), queue.Options{NoSync: true})
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		b := other.NewBatch(func(string) error { return nil })
		if err := write(b, text, nil); err != nil {
			t.Fatal(err)
		}
		if err := b.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	began := time.Now()
	store("Subject: later\n\n")
	eventually(t, "the first outcome", func() bool { return s.kinds() == "deferred" })
	for _, want := range []string{"deferred finished", "deferred finished finished"} {
		store(mail)
		eventually(t, want, func() bool { return s.kinds() == want })
	}
	// The requeued entry is not due yet, unless the machine was very slow.
	if n := strings.Count(s.written("runs"), "x"); n != 3 && time.Since(began) < 5*time.Second {
		t.Errorf("%d runs, want 3", n)
	}
	stop()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Fatal("it does not end")
	}
}

// TestRefuse checks that a refused queue is left as it was. If it is refused only
// later, the run ends then.
func TestRefuse(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	id := s.add(mail)[0]
	o := s.options(`:`)
	no := errors.New("no")
	o.Refuse = func() error { return no }
	if _, err := s.run(o); !errors.Is(err, no) {
		t.Errorf("%v, want the refusal", err)
	}
	s.has("in", id.Name(queue.Ready))
	if _, err := os.Stat(filepath.Join(s.dir.Path(), "switchboard.lock")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a lock file was made in a queue of others: %v", err)
	}
	asked := 0
	o.Refuse = func() error {
		if asked++; asked > 1 {
			return no
		}
		return nil
	}
	if _, err := s.run(o); !errors.Is(err, no) || s.kinds() != "finished" {
		t.Errorf("%v, outcomes %q", err, s.kinds())
	}
}

// TestRefuseInAPass checks that a pass, which may be long, ends after the running
// command if the queue is refused in the middle of it.
func TestRefuseInAPass(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.add(mail, mail, mail)
	o := s.options(`sleep 1.1`)
	no := errors.New("no")
	asked := 0
	o.Refuse = func() error {
		if asked++; asked > 1 {
			return no
		}
		return nil
	}
	totals, err := s.run(o)
	if !errors.Is(err, no) || totals.Finished > 1 {
		t.Errorf("%v, outcomes %q", err, s.kinds())
	}
	ready := 0
	for _, name := range s.files("in") {
		if _, state := queue.SplitName(name); state == queue.Ready {
			ready++
		}
	}
	if ready != 3-totals.Finished {
		t.Errorf("%d are ready, %d finished, of 3", ready, totals.Finished)
	}
}

// held is a directory in which others hold the slice at first.
type held struct {
	*queue.Dir
	tries int
}

func (h *held) LockSlice(s queue.Slice, create bool) error {
	if h.tries--; h.tries >= 0 {
		return queue.ErrBusy
	}
	return h.Dir.LockSlice(s, create)
}

// TestSliceHeldForAMoment checks that a run waits if a qrestore that cron starts in the same
// second holds the slice for a moment: the run must not leave the queue until next time. It
// does not wait for another run.
func TestSliceHeldForAMoment(t *testing.T) {
	t.Parallel()
	for tries, kinds := range map[int]string{10: "finished", 1000: ""} {
		s := newSite(t)
		s.add(mail)
		s.dir = &held{s.dir.(*queue.Dir), tries}
		o := s.handling(func(context.Context, *queue.Claim, runner.Next) runner.Verdict {
			return runner.Verdict{Kind: runner.Finished}
		})
		synctest.Test(t, func(t *testing.T) {
			_, err := runner.Run(t.Context(), s.dir, o)
			if s.kinds() != kinds || errors.Is(err, queue.ErrBusy) != (kinds == "") {
				t.Errorf("held for %d tries: %v, outcomes %q", tries, err, s.kinds())
			}
		})
	}
}

func TestPrefix(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	id := s.add(mail)[0]
	o := s.options(`printf 'one\ntwo\n\nlast' >&2`)
	path := filepath.Join(t.TempDir(), "stderr")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	o.Stderr, o.Prefix = f, true
	if _, err := s.run(o); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	for _, line := range []string{"one", "two", "", "last"} {
		want.WriteString(id.String() + ": " + line + "\n")
	}
	if string(got) != want.String() {
		t.Errorf("wrote %q, want %q", got, want.String())
	}
}
