package kill

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"switchboard/test/harness"
	"switchboard/test/harness/kernel"
)

func TestMain(m *testing.M) {
	if os.Getenv(filtered) != "" {
		becomeFiltered()
	}
	harness.Main(m)
}

// bench is what the scenarios of a test share.
type bench struct {
	base, far string
	mailman   *harness.Mailman
	// seed is that of what is drawn.
	seed harness.Seed
	// rules, if there are any, decide about the calls that are not failed on purpose.
	rules func(*call) verdict
	// kernel is the one that the commands run on, or "" for this one.
	kernel kernel.Kernel
	// tried and fired are the numbers of injections.
	tried, fired atomic.Int64
}

// rule decides about a call that is not failed on purpose.
func (b *bench) rule(c *call) verdict {
	if b.rules == nil {
		return verdict{}
	}
	return b.rules(c)
}

// eachScenario runs a test on each scenario, all of them in parallel.
func eachScenario(t *testing.T, test func(t *testing.T, b *bench, s *scenario)) {
	eachOf(t, scenarios(), test)
}

// eachOf runs a test on each of the given scenarios, all of them in parallel.
func eachOf(t *testing.T, all []scenario, test func(t *testing.T, b *bench, s *scenario)) {
	t.Helper()
	harness.Long(t)
	b := newBench(t)
	b.mailman = harness.StartMailman3(t, b.base)
	b.each(t, all, test)
	t.Logf("%d scenarios, %d injections tried, %d fired", len(all), b.tried.Load(), b.fired.Load())
	if b.tried.Load() == 0 || b.tried.Load() != b.fired.Load() {
		t.Error("not every injection fired")
	}
}

func newBench(t *testing.T) *bench {
	harness.Bin(t)
	b := &bench{seed: harness.NewSeed(t, "KILL_SEED")}
	b.base, b.far = roots(t)
	return b
}

// each runs a test on each of the given scenarios.
func (b *bench) each(t *testing.T, all []scenario, test func(t *testing.T, b *bench, s *scenario)) {
	t.Run("scenarios", func(t *testing.T) {
		for i := range all {
			s := &all[i]
			t.Run(s.command+"/"+s.name, func(t *testing.T) {
				t.Parallel()
				if s.double && sameFilesystem(b.base, b.far) {
					harness.Needs(t, b.far, fmt.Errorf("on the same filesystem as %s", b.base))
				}
				test(t, b, s)
			})
		}
	})
}

// run runs the command of a scenario on a world. judge decides about each system call on the
// world's queues. It returns what the command did and the calls it made.
func (w *world) run(t *testing.T, s *scenario, args []string, judge func(c *call) verdict) (harness.Result, []string) {
	t.Helper()
	cmd := w.command(t, s, args)
	defer cmd.Stdin.(*os.File).Close()
	if judge == nil {
		if w.kernel != "" {
			if err := w.kernel.On(cmd); err != nil {
				t.Fatal(err)
			}
		}
		r, err := harness.Wait(cmd, cmd.Start)
		if err != nil {
			t.Fatal(err)
		}
		return r, nil
	}
	r, calls, err := w.watch(cmd, judge)
	if err != nil {
		t.Fatal(err)
	}
	return r, calls
}

// command returns the command of a scenario, not yet started. Its standard input is a file, which
// the caller closes.
func (w *world) command(t *testing.T, s *scenario, args []string) *exec.Cmd {
	t.Helper()
	cmd := harness.Command(t, s.command, args...)
	cmd.Dir = w.root
	if w.config != "" {
		cmd.Env = append(cmd.Environ(), "SWITCHBOARD_CONFIG="+w.config)
	}
	if s.openFiles > 0 {
		cmd.Env = append(cmd.Environ(), fmt.Sprintf("%s=%d", openFiles, s.openFiles))
	}
	stdin, err := os.CreateTemp(w.root, "stdin")
	if err != nil {
		t.Fatal(err)
	}
	if _, err = stdin.Write(s.stdin); err == nil {
		_, err = stdin.Seek(0, io.SeekStart)
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdin = stdin
	return cmd
}

// watch runs a command to its end, and judge decides about each system call on the world.
func (w *world) watch(cmd *exec.Cmd, judge func(c *call) verdict) (harness.Result, []string, error) {
	var calls []string
	named := map[string]int{}
	r, err := watch(cmd, w.kernel, func(c *call) verdict {
		if !w.concerns(c) {
			return verdict{}
		}
		c.n, c.nth = len(calls), named[c.name]
		named[c.name]++
		calls = append(calls, c.String())
		return judge(c)
	})
	return r, calls, err
}

// concerns reports whether a call works on the queues or on the command's own input and output,
// or ends the command.
func (w *world) concerns(c *call) bool {
	switch {
	case c.name == "exit_group", w.sockets && c.socket():
		return true
	case c.on == "stdin", c.on == "stdout", c.on == "stderr":
		return c.name != "fcntl" && c.name != "fstat"
	}
	return w.here(c.on) || w.here(c.to)
}

// undisturbed runs a scenario without injections, checks that it does what it should, and
// returns the calls. Those of qrun are the fewest of several runs, because a qrun that is held up
// for a second checks once more whether a Mailman runs.
func (b *bench) undisturbed(t *testing.T, s *scenario) []*call {
	t.Helper()
	made := b.onceUndisturbed(t, s)
	for again := 0; again < 2 && s.command == "qrun"; again++ {
		if again := b.onceUndisturbed(t, s); len(again) < len(made) {
			made = again
		}
	}
	return made
}

func (b *bench) onceUndisturbed(t *testing.T, s *scenario) []*call {
	t.Helper()
	w := b.world(t, s)
	defer w.remove()
	var made []*call
	r, _ := w.run(t, s, s.args(w), func(c *call) verdict {
		made = append(made, c)
		return b.rule(c)
	})
	printed := lines(r.Out)
	if r.Status != s.status || s.lines >= 0 && len(printed) != s.lines || len(diagnoses(r.Err)) != s.notices {
		t.Fatalf("undisturbed: status %d, output %q, %q", r.Status, r.Out, r.Err)
	}
	if err := w.check(s, s.paths(printed), look{done: true, clean: true, runs: 1}); err != nil {
		t.Fatalf("undisturbed: %v", err)
	}
	if len(made) < 5 {
		t.Fatalf("only %d system calls were seen", len(made))
	}
	return made
}

func (b *bench) world(t *testing.T, s *scenario) *world {
	t.Helper()
	w, err := newWorld(s, b.base, b.far)
	if err != nil {
		t.Fatal(err)
	}
	w.kernel, w.inPlace = b.kernel, b.rules != nil
	return w
}

// picks returns the calls that are tried: all, or the first ones, the last ones, and some in
// the middle.
func (s *scenario) picks(n int) []int {
	var picks []int
	for i := range n {
		if part := s.calls / 3; s.calls == 0 || i < part || i >= n-part || i >= (n-part)/2 && i < (n+part)/2 {
			picks = append(picks, i)
		}
	}
	return picks
}

// lines returns the complete lines: what a killed command had only begun to print does not count.
func lines(out string) []string {
	all := strings.Split(out, "\n")
	return all[:len(all)-1]
}

// diagnoses returns the lines of standard error without the remedies.
func diagnoses(diag string) []string {
	return slices.DeleteFunc(lines(diag), func(line string) bool {
		return strings.Contains(line, ": hint: ") || strings.HasSuffix(line, " discarded") // qdiscard counts
	})
}

// paths returns the paths in what a command printed.
func (s *scenario) paths(printed []string) []string {
	return slices.DeleteFunc(slices.Clone(printed), func(line string) bool {
		return s.command == "qstat" || !strings.HasPrefix(line, "/")
	})
}

// TestKill kills each command at each of its system calls; CI tries one in thirteen. Whatever the
// command had accepted is there, what it had printed is true, and whoever works on the queues next
// recovers: each message is there once. CI draws who that is.
func TestKill(t *testing.T) {
	t.Parallel()
	eachScenario(t, func(t *testing.T, b *bench, s *scenario) {
		calls := b.undisturbed(t, s)
		kills := harness.NewSample(t, s.command+s.name, 13)
		for _, n := range s.picks(len(calls)) {
			if !kills.Has() {
				continue
			}
			for _, by := range b.recoverers(t, s, n) {
				b.untilFired(t, s, func(try int) bool { return b.killAt(t, s, nearby(n, try), by) })
			}
			if t.Failed() {
				return
			}
		}
	})
}

// tries is how often an injection is tried.
const tries = 20

// nearby returns the call for a try: n, and later ever earlier ones, because the run in which the
// calls were counted may have made more than any other.
func nearby(n, try int) int { return max(0, n-try*try/8) }

// earlier returns, for a try, the call or an earlier one of its name: see nearby.
func (c *call) earlier(try int) *call {
	one := *c
	one.nth = nearby(c.nth, try)
	return &one
}

// untilFired tries an injection until it fires: a command that does several things at once need
// not make the same number of calls each time.
func (b *bench) untilFired(t *testing.T, s *scenario, fired func(try int) bool) {
	t.Helper()
	b.tried.Add(1)
	for try := range tries {
		if fired(try) {
			b.fired.Add(1)
			return
		}
	}
	t.Error("an injection did not fire")
}

// heal runs the command that completes the work after a kill. Its operands are those in the world
// via, which is w or leads to it by links.
func (w *world) heal(t *testing.T, s *scenario, via *world, judge func(*call) verdict) harness.Result {
	t.Helper()
	second := *s
	if s.healer != "" {
		second.command = s.healer
	}
	args := s.args
	if s.heal != nil {
		args = s.heal
	}
	r, _ := w.run(t, &second, args(via), judge)
	return r
}

// killing kills the command at call n.
func (b *bench) killing(n int) func(*call) verdict {
	return func(c *call) verdict {
		if c.n == n {
			return verdict{kill: true}
		}
		return b.rule(c)
	}
}

// killAt kills the command at call n, and reports whether the command got that far. Then it
// has the queues recovered.
func (b *bench) killAt(t *testing.T, s *scenario, n int, by *recoverer) bool {
	w := b.world(t, s)
	defer w.remove()
	r, calls := w.run(t, s, s.args(w), b.killing(n))
	fail := func(format string, args ...any) {
		t.Helper()
		t.Errorf("killed at call %d, %s: %s\nthe calls were:\n%s\nstderr: %s",
			n, calls[n], fmt.Sprintf(format, args...), strings.Join(calls, "\n"), r.Err)
	}
	if r.Status != -1 || len(calls) <= n {
		return false
	}
	printed := s.paths(lines(r.Out))
	if err := w.check(s, printed, look{runs: 1}); err != nil {
		fail("%v", err)
		return true
	}
	if err := by.recover(b, t, w, s, len(printed)); err != nil {
		fail("recovered by %s: %v", by.name, err)
	}
	return true
}
