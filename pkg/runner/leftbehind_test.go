package runner_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"switchboard/pkg/queue"
	"switchboard/pkg/runner"
)

// TestForksAndLeaves checks that a process that a command leaves behind delays neither
// the run nor the entry.
func TestForksAndLeaves(t *testing.T) {
	t.Parallel()
	for _, prefix := range []bool{false, true} {
		s := newSite(t)
		s.add(mail+strings.Repeat("a line\n", 50000), mail)
		o := s.options(`sh -c 'echo $$ >>$out/pids; exec sleep 1000' <&0 3<&3 & while ! grep -q "^$!\$" $out/pids; do sleep 0.01; done`)
		o.Prefix = prefix
		if _, err := s.run(o); err != nil {
			t.Fatal(err)
		}
		killAll(t, s.written("pids"))
		if s.kinds() != "finished finished" {
			t.Errorf("outcomes %q", s.kinds())
		}
	}
}

// TestLeavesWriter checks that with Prefix the run shows everything that the command
// itself wrote. The run must not wait for a process that the command left behind and
// that holds the pipe.
func TestLeavesWriter(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	const n = 10
	s.add(slices.Repeat([]string{mail}, n)...)
	o := s.options(`sh -c 'echo $$ >>$out/pids; exec sleep 1000' 3<&- & while ! grep -q "^$!\$" $out/pids 2>/dev/null; do sleep 0.01; done
		seq 2000 >&2; printf 'the last line' >&2`)
	o.Prefix = true
	stderr, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer stderr.Close()
	o.Stderr = stderr
	lines := func() (all, last int) {
		text, _ := os.ReadFile(stderr.Name())
		return strings.Count(string(text), "\n"), strings.Count(string(text), ": the last line\n")
	}
	quickest := time.Hour
	outcome := o.Outcome
	o.Outcome = func(out runner.Outcome) error {
		// The next commands may have run already: an outcome waits for a sync.
		told := len(s.outcomes) + 1
		if all, last := lines(); all < 2001*told || last < told {
			t.Errorf("%d lines are shown, and %d last ones, after %d entries", all, last, told)
		}
		quickest = min(quickest, out.Elapsed)
		return outcome(out)
	}
	if _, err := s.run(o); err != nil {
		t.Fatal(err)
	}
	killAll(t, s.written("pids"))
	if all, last := lines(); all != 2001*n || last != n {
		t.Errorf("%d lines are shown, and %d last ones, at the end", all, last)
	}
	// An earlier version waited two seconds for each of the ten.
	if len(s.outcomes) != n || quickest >= 2*time.Second {
		t.Errorf("outcomes %q, the quickest after %v", s.kinds(), quickest)
	}
}

// TestSurvivorKeepsTheLock checks that a process that survives the crash of its command
// keeps the lock. The entry is not tried again while that process runs.
func TestSurvivorKeepsTheLock(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	id := s.add(mail)[0]
	o := s.options(`setsid sh -c 'echo $$ >$out/pids; exec sleep 1000' & while ! test -s $out/pids; do sleep 0.01; done; kill -9 $$`)
	if _, err := s.run(o); err != nil {
		t.Fatal(err)
	}
	s.has("in", id.Name(queue.InFlight))
	if len(s.reports) != 1 || !errors.Is(s.reports[0], queue.ErrBusy) {
		t.Errorf("reported %v, want that it is busy", s.reports)
	}
	killAll(t, s.written("pids"))
	eventually(t, "the release of the lock", func() bool {
		s.reports, s.outcomes = nil, nil
		if _, err := s.run(s.options(`:`)); err != nil {
			t.Fatal(err)
		}
		return len(s.reports) == 0
	})
	if s.kinds() != "restored finished" {
		t.Errorf("outcomes %q", s.kinds())
	}
}
