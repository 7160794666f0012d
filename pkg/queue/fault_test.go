package queue

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"

	"switchboard/pkg/queue/internal/disk/fakedisk"
)

// faults are the errors that the kernel returns, and the calls that may return each.
var faults = []struct {
	err syscall.Errno
	ops string
}{
	{syscall.EIO, "opendir mkdir statdir lstat relook stat open openrw create rename exchange link unlink rmdir readdir syncdir syncfs " +
		"read write truncate touch chown chowndir chmod sync close closedir"},
	{syscall.ENOSPC, "mkdir create rename exchange link write sync syncfs close"},
	{syscall.EDQUOT, "mkdir create rename exchange link write sync syncfs close chown chowndir"},
	{syscall.EACCES, "opendir mkdir lstat relook open openrw create rename exchange link unlink rmdir"},
	{syscall.EROFS, "mkdir openrw create rename exchange link unlink rmdir chown chowndir chmod truncate touch"},
	{syscall.EMFILE, "opendir open openrw create"},
	{syscall.ENOLCK, "lock unused"},
}

// TestFaults fails every call of every operation with each error that the call may
// return: once, and then for good.
func TestFaults(t *testing.T) {
	t.Parallel()
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			runs := 0
			for _, fault := range faults {
				for _, good := range []bool{false, true} {
					for n := 0; ; n++ {
						fired, err := failAt(s, n, fault.err, strings.Fields(fault.ops), good)
						if err != nil {
							t.Fatalf("%v at call %d (for good: %v): %v", fault.err, n, good, err)
						}
						if !fired {
							break
						}
						runs++
					}
				}
			}
			t.Logf("%d faults", runs)
			if runs < 20 {
				t.Fatalf("only %d calls failed", runs)
			}
		})
	}
}

// failAt fails the n-th of the calls that may return the error and, if good is set, all
// such calls after it. fired says whether there was such a call.
func failAt(s scenario, n int, errno syscall.Errno, ops []string, good bool) (fired bool, broken error) {
	w := newWorld()
	s.setup(w)
	var order []int
	for i, m := range w.mails {
		if m.file == nil {
			order = append(order, i)
		}
	}
	calls := 0
	var failed fakedisk.Call
	unlinks := false
	w.disk.Hook = func(c fakedisk.Call) fakedisk.Verdict {
		if !slices.Contains(ops, c.Op) {
			return fakedisk.Verdict{}
		}
		calls++
		if calls-1 == n || good && calls > n {
			if !fired {
				failed = c
			}
			fired = true
			unlinks = unlinks || c.Op == "unlink" || c.Op == "rmdir"
			return fakedisk.Verdict{Err: errno}
		}
		return fakedisk.Verdict{}
	}
	err := s.run(w)
	w.disk.Hook = nil
	if !fired {
		if err != nil {
			return false, fmt.Errorf("without a fault: %w", err)
		}
		return false, nil
	}
	explain := func(format string, args ...any) (bool, error) {
		return true, fmt.Errorf("%s %s failed (%v was said): %w\n%q", failed.Op, failed.Object, err, fmt.Errorf(format, args...), w.disk.Tree())
	}
	if broken := w.errorText(err, errno); broken != nil {
		return explain("%w", broken)
	}
	if err := w.check(len(w.told), false); err != nil {
		return explain("%w", err)
	}
	if n := len(w.disk.OpenFiles) + len(w.disk.OpenDirs); n > 0 {
		return explain("%d files were left open", n)
	}
	if !unlinks {
		debris := w.unfinished()
		if strings.HasPrefix(s.name, "enqueue") {
			debris += w.temporary()
		}
		if debris != "" {
			return explain("debris was left: %s", debris)
		}
	}
	// The caller learns how many were stored, and must know which.
	if strings.HasPrefix(s.name, "enqueue") && !strings.Contains(s.name, "flushed") {
		if !slices.Equal(w.told, order[:len(w.told)]) {
			return explain("the mails %d of %d were stored", w.told, order)
		}
	}
	// What the operation reported as done stays done after a power cut.
	w.disk.Cuts(4, rand.New(rand.NewPCG(uint64(n), 1)), func(left *fakedisk.Disk) {
		after := w.on(left)
		after.told = w.told
		if err := after.check(len(w.told), false); err != nil && broken == nil {
			broken = fmt.Errorf("and then the power was cut: %w\n%q", err, left.Tree())
		}
	})
	if broken != nil {
		return explain("%w", broken)
	}
	again := w.on(w.disk)
	again.served = w.told
	run := s.heal
	if run == nil {
		run = s.run
	}
	err2 := run(again)
	if err := again.check(0, true); err != nil {
		return explain("and run again (%v): %w", err2, err)
	}
	if err2 != nil && !errors.Is(err2, ErrState) {
		return explain("and run again: %w", err2)
	}
	return true, nil
}

// errorText checks that an error names a file and the reason, and that no error means
// success.
func (w *world) errorText(err error, errno syscall.Errno) error {
	if err == nil {
		for i, m := range w.mails {
			if !slices.Equal(m.before, m.after) && !m.quiet && !slices.Contains(w.told, i) {
				return fmt.Errorf("mail %d was not handled, in silence", i)
			}
		}
		return nil
	}
	text := err.Error()
	for line := range strings.SplitSeq(text, "\n") {
		if !strings.Contains(line, "/q") && !strings.Contains(line, "/far") {
			return fmt.Errorf("no file is named in %q of %q", line, text)
		}
	}
	if !errors.Is(err, errno) || !strings.Contains(text, errno.Error()) {
		return fmt.Errorf("%v is not in %q", errno, text)
	}
	return nil
}

// unfinished returns the name of a queue directory that was not made to its end, or "".
func (w *world) unfinished() string {
	for _, dir := range []string{"/q", "/far"} {
		for name := range w.disk.Lookup(dir).Names {
			if strings.HasPrefix(name, unfinished) {
				return name
			}
		}
	}
	return ""
}

// temporary returns the name of a temporary file in any of the queues, or "".
func (w *world) temporary() string {
	for _, dir := range w.queues {
		if queue := w.disk.Lookup(dir); queue != nil {
			for name := range queue.Names {
				if _, s := SplitName(name); s == Temporary {
					return name
				}
			}
		}
	}
	return ""
}
