package kill

import (
	"fmt"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"switchboard/test/harness"
)

// TestKillDeliver kills qdeliver at its system calls, those on its connection too; CI tries one in
// nineteen. Nobody is forgotten, a kill repeats at most the transaction in flight, and the next runs
// complete the work: the refused are in shunt, once, and those put off in retry. Every third time
// it is killed once more on the way.
func TestKillDeliver(t *testing.T) {
	t.Parallel()
	eachSending(t, func(t *testing.T, b *bench, s *sending) {
		calls := b.undisturbedDeliver(t, s)
		kills := harness.NewSample(t, s.command+s.name, 19)
		for _, n := range s.picks(len(calls)) {
			if !kills.Has() {
				continue
			}
			b.untilFired(t, &s.scenario, func(try int) bool { return b.killDeliver(t, s, nearby(n, try)) })
			if t.Failed() {
				return
			}
		}
	})
}

func (b *bench) killDeliver(t *testing.T, s *sending, n int) bool {
	p := b.newPost(t, s)
	defer p.close()
	r, calls := p.deliver(t, b.killing(n))
	if r.Status != -1 || len(calls) <= n {
		return false
	}
	fail := func(format string, args ...any) {
		t.Helper()
		t.Errorf("killed at call %d, %s: %s\nthe calls were:\n%s\nstderr: %s",
			n, calls[n], fmt.Sprintf(format, args...), tail(calls), r.Err)
	}
	kills := 1
	if err := p.check(false, kills); err != nil {
		fail("%v", err)
		return true
	}
	if n%3 == 0 {
		if again, _ := p.deliver(t, b.killing(n/2)); again.Status == -1 {
			kills++
		}
		if err := p.check(false, kills); err != nil {
			fail("killed once more, at %d: %v", n/2, err)
			return true
		}
	}
	runs := p.heal(t)
	if err := p.check(true, kills); err != nil {
		fail("run again: %v\n%+v", err, runs)
	}
	return true
}

// TestFailDeliver fails system calls of qdeliver; CI tries one in sixty-seven of the failures. A
// failure repeats no more than a kill does.
func TestFailDeliver(t *testing.T) {
	t.Parallel()
	eachSending(t, func(t *testing.T, b *bench, s *sending) {
		calls := b.undisturbedDeliver(t, s)
		failures := harness.NewSample(t, s.command+s.name, 67)
		for _, n := range s.picks(len(calls)) {
			for _, errno := range calls[n].can {
				for _, often := range []int{1, forGood(errno)} {
					if !failures.Has() {
						continue
					}
					fire := func(try int) bool { return b.failDeliver(t, s, calls[n].earlier(try), errno, often) }
					if calls[n].socket() {
						fire(0) // in how many parts an answer comes is up to the network
					} else {
						b.untilFired(t, &s.scenario, fire)
					}
				}
			}
			if t.Failed() {
				return
			}
		}
	})
}

func (b *bench) failDeliver(t *testing.T, s *sending, plan *call, errno unix.Errno, often int) bool {
	p := b.newPost(t, s)
	defer p.close()
	var failed []string
	r, calls := p.deliver(t, func(next *call) verdict {
		switch {
		case !slices.Contains(next.can, errno), len(failed) == often:
			return verdict{}
		case len(failed) == 0 && (next.name != plan.name || next.nth < plan.nth), len(failed) > 0 && next.on == "stderr":
			return verdict{}
		}
		failed = append(failed, next.String())
		return verdict{errno: errno}
	})
	if failed == nil {
		return false
	}
	fail := func(format string, args ...any) {
		t.Helper()
		t.Errorf("%v at %s (%d times): %s\nfailed:\n%s\nall:\n%s\nstatus %d, stderr: %s",
			errno, failed[0], often, fmt.Sprintf(format, args...), tail(failed), tail(calls), r.Status, r.Err)
	}
	if err := p.check(false, 1); err != nil {
		fail("%v", err)
		return true
	}
	if !slices.Contains([]int{0, 69, 73, 74, 75, 77}, r.Status) {
		fail("status %d", r.Status)
	}
	runs := p.heal(t)
	if err := p.check(true, 1); err != nil {
		fail("run again: %v\n%+v", err, runs)
	}
	return true
}

// eachSending runs a test on each scenario of qdeliver, all of them in parallel.
func eachSending(t *testing.T, test func(t *testing.T, b *bench, s *sending)) {
	t.Helper()
	harness.Long(t)
	b := newBench(t)
	t.Run("scenarios", func(t *testing.T) {
		for _, s := range sendings() {
			t.Run(s.name, func(t *testing.T) {
				t.Parallel()
				test(t, b, s)
			})
		}
	})
	if b.tried.Load() == 0 || b.tried.Load() != b.fired.Load() {
		t.Errorf("%d injections tried, %d fired", b.tried.Load(), b.fired.Load())
	}
}
