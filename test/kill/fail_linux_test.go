package kill

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"switchboard/test/harness"
)

// TestFail fails each system call of each command, with each error that it can have, once, and
// together with all later calls that can have it. CI tries one in thirty-seven of these failures.
// Nothing is lost, the status is that of the contract, and a line says what failed and why.
func TestFail(t *testing.T) {
	t.Parallel()
	eachScenario(t, func(t *testing.T, b *bench, s *scenario) {
		calls := b.undisturbed(t, s)
		failures := harness.NewSample(t, s.command+s.name, 37)
		for _, n := range s.picks(len(calls)) {
			plan := calls[n]
			for _, errno := range plan.can {
				for _, often := range []int{1, forGood(errno)} {
					if failures.Has() {
						b.untilFired(t, s, func(try int) bool { return b.failAt(t, s, plan.earlier(try), errno, often) })
					}
				}
			}
			if t.Failed() {
				return
			}
		}
	})
}

// forGood returns how often a permanent error is repeated. An interrupted call may be tried
// again for as long as it is interrupted.
func forGood(errno unix.Errno) int {
	if errno == unix.EINTR {
		return 20
	}
	return 1 << 30
}

// failAt fails the planned call, and reports whether there was such a call.
func (b *bench) failAt(t *testing.T, s *scenario, plan *call, errno unix.Errno, often int) bool {
	w := b.world(t, s)
	defer w.remove()
	var failed []string
	// The call that failed decides what is right, not the planned one. They differ if
	// the calls of two threads come in another order.
	var c *call
	r, calls := w.run(t, s, s.args(w), func(next *call) verdict {
		switch {
		case !slices.Contains(next.can, errno), len(failed) == often:
			return verdict{}
		case c == nil && (next.name != plan.name || next.nth < plan.nth):
			return verdict{}
		case c == nil:
			c = next
		case next.on == "stderr":
			// Writes to standard error fail only on their own, because all other failures are
			// reported there.
			return verdict{}
		}
		failed = append(failed, next.String())
		return verdict{errno: errno}
	})
	if c == nil {
		return false
	}
	fail := func(format string, args ...any) {
		t.Helper()
		t.Errorf("%v at call %d, %s (%d times): %s\nfailed:\n%s\nall:\n%s\nstatus %d, stdout: %s\nstderr: %s",
			errno, c.n, c, often, fmt.Sprintf(format, args...), tail(failed), tail(calls), r.Status, clip(r.Out), r.Err)
	}
	once := often == 1
	printed := s.paths(lines(r.Out))
	diag := diagnoses(r.Err)
	// One status may mean both, as qrun's 75 does: then the lines decide. If qdequeue printed
	// a path, it has claimed the entry, so its status is 0, whatever it reported about other
	// entries.
	partly := s.command == "qdequeue" && r.Status == 0 && r.Out != "" && strings.Contains(r.Err, errno.Error())
	done := r.Status == s.status && !partly && !(s.status != 0 && strings.Contains(r.Err, errno.Error()) && slices.Contains(s.statuses(c, errno, once), s.status))
	o := look{
		runs: 1, done: done,
		// What was begun and cannot be completed is removed, if removing works.
		clean: done || !slices.Contains([]unix.Errno{unix.EIO, unix.EACCES, unix.EROFS}, errno) || once && c.name != "unlinkat",
		told:  once && !done && !s.afterwards(c), printed: len(lines(r.Out)),
	}
	if err := w.check(s, printed, o); err != nil {
		fail("%v", err)
		return true
	}
	switch {
	case done && s.lines >= 0 && len(lines(r.Out)) != s.lines:
		fail("success, and %d lines printed", len(lines(r.Out)))
	case c.name == "syncfs" && errno != unix.EINTR && strings.Contains(strings.Join(calls[c.n+1:], "\n"), "syncfs "):
		fail("a sync of the filesystem was believed after one had failed")
	case done && c.name == "fsync" && errno != unix.EINTR && !strings.Contains(r.Err, errno.Error()):
		fail("what could not be made durable passed for it")
	case done:
		// The call was not needed, or there was another way. Or it is the reason why
		// the command could not handle what it noticed.
		if len(diag) > s.notices && !(s.notices > 0 && len(diag) == s.notices+1 && strings.Contains(r.Err, errno.Error())) {
			fail("success, and a complaint")
		}
	case s.finding != 0 && r.Status == s.finding && strings.Contains(r.Out, errno.Error()):
		// The command was asked to report what it cannot read.
	case !partly && !slices.Contains(s.statuses(c, errno, once), r.Status):
		fail("status %d", r.Status)
	default:
		if err := w.explained(s, diag, errno, once); err != nil && c.on != "stderr" {
			fail("%v", err)
		}
	}
	if err := w.worksInMailman(b.mailman, s); err != nil {
		fail("Mailman: %v", err)
	}
	var again harness.Result
	if s.healer != "" {
		again = w.heal(t, s, w, nil)
	} else {
		again, _ = w.run(t, s, s.args(w), nil)
	}
	if again.Status != s.status && !slices.Contains(s.healed, again.Status) {
		fail("run again: status %d: %s", again.Status, again.Err)
	}
	if err := w.check(s, s.paths(lines(again.Out)), look{done: true, runs: 2}); err != nil {
		fail("run again (status %d, %s): %v", again.Status, again.Err, err)
	}
	return true
}

// afterwards reports whether the command had already done something before the call and not
// printed it. After the sync of the queue's directory has failed, its names may be there or
// not, and what could not be printed is stored. A claim that could not be printed is
// requeued.
func (s *scenario) afterwards(c *call) bool {
	queue := slices.Contains([]string{"in", "new"}, filepath.Base(c.on))
	return s.command == "qenqueue" && (c.name == "fsync" && queue || c.on == "stdout" && c.name == "write")
}

// statuses returns the exit statuses that are right.
func (s *scenario) statuses(c *call, errno unix.Errno, once bool) []int {
	right := map[unix.Errno]int{
		unix.EIO: 74, unix.EROFS: 74, unix.ENOSPC: 75, unix.EDQUOT: 75, unix.EMFILE: 75, unix.EACCES: 77,
	}[errno]
	switch {
	case errno == unix.EINTR:
		return nil // the command tries again
	case c.on == "stdout" && s.command != "qenqueue":
		return []int{74} // what could not be printed is not stored on a disk of ours
	case s.command == "qenqueue":
		return []int{75} // mail servers bounce on the other statuses
	case c.name == "mkdirat", unfinished(c.on),
		slices.Contains([]string{"openat", "openat2", "fstat", "getdents64"}, c.name) && s.makes(c.on),
		c.name == "newfstatat" && !strings.Contains(c.on, "+"), // it looks whether there is a queue
		c.name == "fstat" && filepath.Base(c.on) == "in":       // a new directory gets that owner
		return []int{right, 73} // the directory cannot be created
	case !once:
		return []int{right, 73, 74} // standard output, too
	}
	return []int{right}
}

// unfinished reports whether a path is that of a queue directory that is being made.
func unfinished(path string) bool { return strings.HasPrefix(filepath.Base(path), ".switchboard.") }

// makes reports whether a path is that of a directory that the command may make.
func (s *scenario) makes(path string) bool {
	return slices.Contains([]string{"bad", "shunt", "hold", "new", "box"}, filepath.Base(path))
}

// explained checks that the last lines of standard error say what failed and why: one line for
// one failure, and a few for each entry if everything fails.
func (w *world) explained(s *scenario, diag []string, errno unix.Errno, once bool) error {
	// The entries of a queue that cannot be opened have one reason in common.
	diag = slices.Compact(diag)
	most := s.notices + 1
	if !once {
		most = s.notices + 2 + 2*len(w.mails) + len(w.stores)
	}
	if len(diag) == 0 || len(diag) > most {
		return fmt.Errorf("%d lines on standard error", len(diag))
	}
	why := 0
	for _, line := range diag {
		object, ok := strings.CutPrefix(line, s.command+": ")
		if !ok || !strings.HasPrefix(object, w.root) && !strings.HasPrefix(object, w.far) && !strings.HasPrefix(object, "standard ") {
			return fmt.Errorf("a line names no file: %q", line)
		}
		if strings.Contains(line, errno.Error()) {
			why++
		}
	}
	if why == 0 || once && why > 1 {
		return fmt.Errorf("%d lines give the reason", why)
	}
	return nil
}

// tail returns the end of a list of calls.
func tail(calls []string) string {
	return strings.Join(calls[max(0, len(calls)-30):], "\n")
}

func clip(s string) string { return s[:min(len(s), 500)] }
