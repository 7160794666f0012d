package pg

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"switchboard/test/harness"
	"switchboard/test/harness/postgres"
	"switchboard/test/pg/scenario"
)

// Statuses of a command whose connection was lost.
const (
	unavailable = 69
	tempFail    = 75
)

// manner is how a connection is lost.
type manner struct {
	name string
	fate postgres.Fate
	// forGood says that no other connection gets through either.
	forGood bool
	// every says how many messages there are for each that CI tries. Those for good take a
	// second each.
	every int
	// settings keep the commands from waiting for long.
	settings []string
}

var manners = []manner{
	{"before", postgres.CutBefore, false, 83, nil},
	{"after", postgres.CutAfter, false, 83, nil},
	{"before, for good", postgres.CutBefore, true, 601, []string{`timeout = "1s"`, `lease = "10s"`}},
	{"after, for good", postgres.CutAfter, true, 601, []string{`timeout = "1s"`, `lease = "10s"`}},
	{"frozen", postgres.Freeze, true, 1301, []string{`timeout = "1s"`, `lease = "10s"`}},
}

// TestCut cuts the connection of each command before and after each message of PostgreSQL's
// protocol, in both directions; CI tries a sample, KILL_EVERY=1 all. Whatever was accepted is
// there once, what was printed is true, the status says whether something may have changed, and
// the next run completes the work.
func TestCut(t *testing.T) {
	t.Parallel()
	postgres.Need(t)
	rarely := 8
	if harness.CI() {
		rarely = 1
	}
	var tried, fired atomic.Int64
	t.Run("scenarios", func(t *testing.T) {
		picked := harness.NewSample(t, "scenarios", rarely)
		for _, s := range scenario.All() {
			if !harness.CI() && !picked.Has() {
				continue
			}
			t.Run(s.String(), func(t *testing.T) {
				t.Parallel()
				db := postgres.Queues(t)
				c := &cutter{s: s, rarely: rarely, proxy: postgres.StartProxy(t, db.Server, nil), w: s.New(t, db)}
				c.all(t)
				tried.Add(c.tried)
				fired.Add(c.fired)
			})
		}
	})
	t.Logf("%d cuts tried, %d fired", tried.Load(), fired.Load())
	if fired.Load() == 0 || tried.Load() != fired.Load() {
		t.Error("not every cut fired")
	}
}

// cutter is a scenario whose connection is lost, in some manner.
type cutter struct {
	s *scenario.Scenario
	manner
	// rarely makes the sample smaller.
	rarely       int
	w            *scenario.World
	proxy        *postgres.Proxy
	tried, fired int64
}

// run runs the scenario's command.
func (c *cutter) run(t *testing.T) harness.Result {
	t.Helper()
	cmd := c.w.Command(t)
	r, err := harness.Wait(cmd, cmd.Start)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// all runs the command undisturbed, and then once for each cut of the sample.
func (c *cutter) all(t *testing.T) {
	t.Helper()
	c.w.Connect(t, c.proxy.DSN(c.w.DB))
	n := c.undisturbed(t)
	for _, c.manner = range manners {
		c.w.Connect(t, c.proxy.DSN(c.w.DB), c.settings...)
		picked := harness.NewSample(t, c.s.String()+c.name, c.every*c.rarely)
		for i := range n {
			if !picked.Has() || t.Failed() {
				continue
			}
			c.tried++
			for range 20 {
				if c.at(t, i) {
					c.fired++
					break
				}
			}
		}
	}
}

// undisturbed checks that the command does what it should, and returns the number of messages.
func (c *cutter) undisturbed(t *testing.T) int {
	t.Helper()
	c.proxy.Decide(nil)
	r := c.run(t)
	messages := c.proxy.Messages()
	if r.Status != c.s.Status || c.s.Lines >= 0 && strings.Count(r.Out, "\n") != c.s.Lines || c.s.Whole != nil && r.Out != string(c.s.Whole) {
		t.Fatalf("undisturbed: status %d, output %.300q, %q", r.Status, r.Out, r.Err)
	}
	if err := c.w.Check(t, r, scenario.Look{Done: true, Runs: 1}); err != nil {
		t.Fatalf("undisturbed: %v", err)
	}
	if len(messages) < 10 {
		t.Fatalf("only %d messages came through the proxy", len(messages))
	}
	c.w.Reset(t)
	return len(messages)
}

// at loses the connection at message n, and reports whether the command got that far.
func (c *cutter) at(t *testing.T, n int) bool {
	t.Helper()
	var done, cancelled bool
	c.proxy.Decide(func(m postgres.Message) postgres.Fate {
		cancelled = cancelled || m.Kind == "CancelRequest"
		switch {
		case m.N == n:
			done = true
			return c.fate
		case done && c.forGood:
			return postgres.CutBefore
		}
		return postgres.Pass
	})
	defer c.w.Reset(t)
	r := c.run(t)
	c.proxy.CutAll()
	messages := c.proxy.Messages()
	c.proxy.Decide(nil)
	c.w.DB.Settle(t)
	if !done {
		return false
	}
	fail := func(format string, args ...any) {
		t.Helper()
		t.Errorf("%s, %v: %s\nstatus %d, stdout %.500q, stderr:\n%s\nthe messages were:\n%s",
			c.name, messages[n], fmt.Sprintf(format, args...), r.Status, r.Out, r.Err, listed(messages, n))
	}
	if cancelled {
		fail("a cancel request was sent")
	}
	// The last messages say goodbye: the work is done, and the command may not even notice.
	look := scenario.Look{Runs: 1, Done: r.Status == c.s.Status && r.Status != tempFail}
	if err := c.w.Check(t, r, look); err != nil {
		fail("%v", err)
		return true
	}
	if !c.right(r.Status) {
		fail("an unexpected status")
	}
	// No server is there for the rest of the work. What was done before is durable, and was
	// told; what may have been done without a word is 75.
	if r.Status == unavailable && c.s.Tells() {
		if err := c.w.Told(t, r); err != nil {
			fail("the status says that nothing has changed but what was printed: %v", err)
		}
	}
	if c.s.Whole != nil && r.Status == 0 && !bytes.Equal([]byte(r.Out), c.s.Whole) {
		fail("a part passes for the whole")
	}
	again := c.w.Heal(t)
	if again.Status != c.s.Status && !slices.Contains(c.s.Healed, again.Status) {
		fail("run again: status %d: %s", again.Status, again.Err)
	}
	if err := c.w.Check(t, again, scenario.Look{Done: true, Runs: 2}); err != nil {
		fail("run again (status %d, %s): %v", again.Status, again.Err, err)
	}
	return true
}

// right reports whether a command may end with a status after it has lost its connection.
func (c *cutter) right(status int) bool {
	switch status {
	case c.s.Status, tempFail:
		return true
	case unavailable:
		return c.s.Command != "qenqueue"
	}
	return false
}

// listed returns the messages around a cut.
func listed(messages []postgres.Message, n int) string {
	var b strings.Builder
	for _, m := range messages {
		if m.Kind == "ParameterStatus" && m.N != n {
			continue
		}
		mark := " "
		if m.N == n {
			mark = "*"
		}
		fmt.Fprintf(&b, "%s %v\n", mark, m)
	}
	return b.String()
}
