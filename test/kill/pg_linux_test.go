package kill

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"switchboard/test/harness"
	"switchboard/test/harness/postgres"
	pg "switchboard/test/pg/scenario"
)

// TestKillPG kills each command on pg: queues at each of its system calls on a connection, a
// file or its own input and output; CI tries one in twenty-three. The program that it hands itself
// over to is the same process. Whatever was accepted is there, what was printed is true, and
// the next run completes the work.
func TestKillPG(t *testing.T) {
	t.Parallel()
	harness.Long(t)
	postgres.Need(t)
	var tried, fired atomic.Int64
	t.Run("scenarios", func(t *testing.T) {
		for _, s := range pg.All() {
			t.Run(s.String(), func(t *testing.T) {
				t.Parallel()
				k := &killing{scenario: s, w: s.New(t, postgres.Queues(t))}
				k.all(t)
				tried.Add(k.tried)
				fired.Add(k.fired)
			})
		}
	})
	t.Logf("%d kills tried, %d fired", tried.Load(), fired.Load())
	if fired.Load() == 0 || tried.Load() != fired.Load() {
		t.Error("not every kill fired")
	}
}

// killing is a scenario whose command is killed.
type killing struct {
	scenario     *pg.Scenario
	w            *pg.World
	tried, fired int64
}

// run runs the command and kills it at call n; none if that is -1.
func (k *killing) run(t *testing.T, n int) (harness.Result, []string) {
	t.Helper()
	var calls []string
	r, err := watch(k.w.Command(t), "", func(c *call) verdict {
		switch {
		case c.name == "exit_group", c.socket(), strings.HasPrefix(c.on, k.w.Dir+"/"):
		case c.on == "stdin", c.on == "stdout", c.on == "stderr":
			if c.name == "fcntl" || c.name == "fstat" {
				return verdict{}
			}
		default:
			return verdict{}
		}
		calls = append(calls, c.String())
		return verdict{kill: len(calls) == n+1}
	})
	if err != nil {
		t.Fatal(err)
	}
	return r, calls
}

// undisturbed returns how many calls the command makes: the fewest of three runs, because one that
// waits for a busy server makes more than any other.
func (k *killing) undisturbed(t *testing.T) (fewest int) {
	t.Helper()
	for run := range 3 {
		if run > 0 {
			k.w.Reset(t)
		}
		r, calls := k.run(t, -1)
		if r.Status != k.scenario.Status {
			t.Fatalf("undisturbed: status %d: %s", r.Status, r.Err)
		}
		if err := k.w.Check(t, r, pg.Look{Done: true, Runs: 1}); err != nil {
			t.Fatalf("undisturbed: %v", err)
		}
		if len(calls) < 10 {
			t.Fatalf("only %d system calls were seen", len(calls))
		}
		if run == 0 || len(calls) < fewest {
			fewest = len(calls)
		}
	}
	return fewest
}

func (k *killing) all(t *testing.T) {
	t.Helper()
	kills := harness.NewSample(t, k.scenario.String(), 23)
	for n := range k.undisturbed(t) {
		if !kills.Has() || t.Failed() {
			continue
		}
		k.tried++
		for try := range tries {
			k.w.Reset(t)
			if k.at(t, nearby(n, try)) {
				k.fired++
				break
			}
		}
	}
}

// at kills the command at call n, and reports whether the command got that far.
func (k *killing) at(t *testing.T, n int) bool {
	t.Helper()
	r, calls := k.run(t, n)
	if r.Status != -1 || len(calls) <= n {
		return false
	}
	k.w.DB.Settle(t)
	fail := func(format string, args ...any) {
		t.Helper()
		t.Errorf("killed at call %d, %s: %s\nthe calls were:\n%s\nstdout: %.500q, stderr: %s",
			n, calls[n], fmt.Sprintf(format, args...), strings.Join(calls, "\n"), r.Out, r.Err)
	}
	if err := k.w.Check(t, r, pg.Look{Runs: 1}); err != nil {
		fail("%v", err)
		return true
	}
	again := k.w.Heal(t)
	if again.Status != k.scenario.Status && !slices.Contains(k.scenario.Healed, again.Status) {
		fail("run again: status %d: %s", again.Status, again.Err)
	}
	if err := k.w.Check(t, again, pg.Look{Done: true, Runs: 2}); err != nil {
		fail("run again (status %d, %s): %v", again.Status, again.Err, err)
	}
	return true
}
