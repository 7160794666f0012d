package runner

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"switchboard/test/harness"
)

// shell is a command that writes which entry it handled.
const shell = `basename "$Q_ENTRY" .bak >>$out/runs`

// once checks that each of n entries was handled exactly once, and that the queue is empty.
func (s *site) once(n int) {
	s.Helper()
	runs := counts(s.log("runs"))
	for i := range n {
		if got := runs[harness.Base(i)]; got != 1 {
			s.Errorf("entry %d was handled %d times", i, got)
		}
	}
	s.holds("in", 0, 0, 0)
	s.holds("bad", 0, 0, 0)
	s.holds("shunt", 0, 0, 0)
}

// TestTwice starts two runs of one queue, again and again. One is refused, and each entry is
// handled once.
func TestTwice(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	n := many(200)
	s.fill(n, plain)
	// Longer than a run waits before it is refused.
	slowly := fmt.Sprintf("sleep %f; %s", 6/float64(n), shell)
	var wg sync.WaitGroup
	var mu sync.Mutex
	refused := 0
	for range 2 {
		wg.Go(func() {
			for len(s.files("in", ".pck"))+len(s.files("in", ".bak")) > 0 {
				r := s.run("qrun", "-j", "2", "in", "sh", "-c", slowly)
				mu.Lock()
				switch {
				case r.Status == 75 && strings.Contains(r.Err, "is being run by process"):
					refused++
				case r.Status != 0:
					t.Errorf("status %d: %s", r.Status, r.Err)
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	s.once(n)
	if refused == 0 {
		t.Error("no run was refused: the test proves nothing")
	}
	t.Logf("%d entries, %d runs refused", n, refused)
}

// TestBesideRestore has a run, and calls qrestore all the time, also with --force and for
// single entries.
func TestBesideRestore(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	n := many(200)
	s.fill(n, plain)
	p := s.start("qrun", "-j", "2", "in", "sh", "-c", shell)
	done := make(chan struct{})
	var wg sync.WaitGroup
	calls := 0
	wg.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			calls++
			args := [][]string{{"in"}, {"--force", "in"}, {"-s", "1/3", "in"}}[calls%3]
			if r := s.run("qrestore", args...); r.Status != 75 && r.Status != 0 || r.Out != "" {
				t.Errorf("qrestore %q: status %d, restored %q: %s", args, r.Status, r.Out, r.Err)
			}
		}
	})
	s.want(p.wait(), 0)
	close(done)
	wg.Wait()
	s.once(n)
	if calls == 0 {
		t.Error("qrestore was never called: the test proves nothing")
	}
	t.Logf("%d entries, %d calls of qrestore", n, calls)
}

// TestSlicesShare runs slices of one queue, disjoint and overlapping. Whichever run is
// refused, each entry is handled once.
func TestSlicesShare(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	n := many(200)
	s.fill(n, plain)
	var wg sync.WaitGroup
	for _, slice := range []string{"0/2", "1/2", "1/3", "0/2"} {
		wg.Go(func() {
			r := s.run("qrun", "-s", slice, "in", "sh", "-c", shell)
			if r.Status != 0 && r.Status != 75 {
				t.Errorf("slice %s: status %d: %s", slice, r.Status, r.Err)
			}
		})
	}
	wg.Wait()
	s.want(s.run("qrun", "in", "sh", "-c", shell), 0)
	s.once(n)
}

// TestBesideScript has a run and shell loops of single claims. The run is started beside
// scripts that claim, so it leaves alone what was claimed a moment ago.
func TestBesideScript(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	n := many(200)
	s.fill(n, plain)
	// Neither side may end before the other has begun.
	const await = `i=0; until test -e $out/%s || test $i = 600; do sleep 0.05; i=$((i+1)); done; `
	script := `while e=$(qdequeue in); do basename "$e" .bak >>$out/runs && qfinish "$e" || exit 1; echo x >>$out/script; ` +
		fmt.Sprintf(await, "qrun") + `done`
	var wg sync.WaitGroup
	for i := range 2 {
		wg.Go(func() {
			cmd := s.command("qrun")
			cmd.Path, cmd.Args = "/bin/sh", []string{"sh", "-c", script}
			if r, err := harness.Wait(cmd, cmd.Start); err != nil || r.Status != 0 {
				t.Errorf("script %d: status %d, %v: %s", i, r.Status, err, r.Err)
			}
		})
	}
	wg.Go(func() {
		r := s.run("qrun", "--min-age", "10m", "in", "sh", "-c", ": >$out/qrun; "+fmt.Sprintf(await, "script")+shell)
		// When the run starts, it reports the entries that a script has in flight, and
		// leaves them alone. A qdequeue that has not ended yet holds its claim, and may have
		// ended when qrun looks who that is.
		if r.Status != 0 && !strings.Contains(r.Err, "claimed too recently") && !strings.Contains(r.Err, "held by") && !strings.Contains(r.Err, "locked by") {
			t.Errorf("status %d: %s", r.Status, r.Err)
		}
	})
	wg.Wait()
	s.once(n)
	if took := len(s.log("script")); took == 0 || took == n {
		t.Errorf("the scripts handled %d of %d: the test proves nothing", took, n)
	} else {
		t.Logf("%d entries, %d of them handled by scripts", n, took)
	}
}

// TestRequeueMeanwhile checks that an entry that one run requeues is taken by another run:
// nothing stays behind.
func TestRequeueMeanwhile(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	n := many(100) / 10
	s.fill(n, plain)
	// Every entry is requeued the first time.
	r := s.run("qrun", "-j", "4", "in", "sh", "-c",
		fmt.Sprintf(`b=$(basename "$Q_ENTRY" .bak); if mkdir $out/$b 2>/dev/null; then exit 75; fi; %s`, shell))
	s.want(r, 75)
	s.holds("in", n, 0, 0)
	s.want(s.run("qrun", "-j", "4", "in", "sh", "-c", shell), 0)
	s.once(n)
}
