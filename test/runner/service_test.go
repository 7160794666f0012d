package runner

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"switchboard/test/harness"
)

// TestWaits checks that a waiting qrun uses next to no processor time, takes a new entry at
// once, and ends when it is told to.
func TestWaits(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	idle := 2 * time.Second
	if harness.CI() {
		// Long enough to see the rescan.
		idle = 25 * time.Second
	}
	p := s.start("qrun", "-w", "in", "sh", "-c", `cat >>$out/mail`)
	s.want(s.enqueue("one"), 0)
	s.eventually("the first", func() bool { return len(s.log("mail")) == 1 })
	time.Sleep(idle)
	began := time.Now()
	s.want(s.enqueue("two"), 0)
	s.eventually("the second", func() bool { return len(s.log("mail")) == 2 })
	t.Logf("handled %v after qenqueue was started", time.Since(began).Round(time.Millisecond))
	p.Process.Signal(syscall.SIGTERM)
	r := p.wait()
	s.want(r, 0)
	// This includes the start, two runs and the wait between them. A loop that polls
	// uses all of the idle time, or as much of it as it gets.
	used := p.ProcessState.UserTime() + p.ProcessState.SystemTime()
	if limit := 400*time.Millisecond + idle/50; used > limit {
		t.Errorf("it used %v of processor time in %v, more than %v", used, idle, limit)
	}
	t.Logf("%v of processor time in all, idle for %v", used, idle)
}

func (s *site) enqueue(text string) harness.Result {
	s.Helper()
	cmd := s.command("qenqueue", "in")
	cmd.Stdin = strings.NewReader(text + "\n")
	r, err := harness.Wait(cmd, cmd.Start)
	if err != nil {
		s.Fatal(err)
	}
	return r
}

// TestDrains checks that on SIGTERM the running commands go on to their end, and nothing new is
// claimed.
func TestDrains(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT} {
		s := newSite(t)
		s.fill(5, plain)
		p := s.start("qrun", "-v", "-w", "-j", "2", "in", "sh", "-c", `echo x >>$out/begun; while ! test -e $out/go; do sleep 0.01; done; echo x >>$out/ended`)
		s.eventually("two commands", func() bool { return len(s.log("begun")) == 2 })
		p.Process.Signal(sig)
		s.eventually("word of the end", func() bool { return strings.Contains(p.saying(), "waiting for running commands") })
		s.release()
		s.want(p.wait(), 0)
		s.holds("in", 3, 0, 0)
		if n := len(s.log("ended")); n != 2 {
			t.Errorf("%v: %d commands ended, want 2", sig, n)
		}
	}
}

// TestStoppedEarly checks that a run without -w that is told to stop says by its status that it
// left entries.
func TestStoppedEarly(t *testing.T) {
	t.Parallel()
	for n, status := range map[int]int{1: 0, 2: 75} {
		s := newSite(t)
		s.fill(n, plain)
		p := s.start("qrun", "-v", "in", "sh", "-c", `echo x >>$out/begun; while ! test -e $out/go; do sleep 0.01; done`)
		s.eventually("the command", func() bool { return len(s.log("begun")) == 1 })
		p.Process.Signal(syscall.SIGTERM)
		s.eventually("word of the end", func() bool { return strings.Contains(p.saying(), "waiting for running commands") })
		s.release()
		r := p.wait()
		s.want(r, status)
		s.holds("in", n-1, 0, 0)
	}
}

// TestLockOutlivesRunner kills qrun while its command lives on, and with it the lock. qrestore
// leaves the entry alone and says so. So does the next qrun, which handles the others.
func TestLockOutlivesRunner(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.put("in", 1, ".pck", plain(1))
	p := s.start("qrun", "in", "sh", "-c", `echo $$ >$out/pid; while ! test -e $out/go; do sleep 0.01; done; echo handled >>$out/ended`)
	s.eventually("the command", func() bool { return len(s.log("pid")) == 1 })
	if r := s.run("qrestore", "in"); r.Status != 75 || !strings.Contains(r.Err, strconv.Itoa(p.Process.Pid)) {
		t.Errorf("qrestore beside qrun: status %d, says %q; want 75 and process %d", r.Status, r.Err, p.Process.Pid)
	}
	p.Process.Kill()
	p.wait()
	holder := regexp.MustCompile(`held by process .*\b` + s.log("pid")[0] + ` \(sh\)`)
	for _, args := range [][]string{{"in"}, {"--force", "in"}, {"in/" + harness.Base(1) + ".bak"}} {
		if r := s.run("qrestore", args...); r.Status != 75 || !holder.MatchString(r.Err) {
			t.Errorf("qrestore %q: status %d, says %q", args, r.Status, r.Err)
		}
	}
	s.put("in", 2, ".pck", plain(2))
	if r := s.run("qrun", "in", "sh", "-c", `echo other >>$out/ended`); r.Status != 75 || !holder.MatchString(r.Err) {
		t.Errorf("the next qrun: status %d, says %q", r.Status, r.Err)
	}
	s.holds("in", 0, 1, 0)
	s.release()
	s.eventually("the command's end", func() bool { return free(s, harness.Base(1)) })
	s.want(s.run("qrestore", "in"), 0)
	s.holds("in", 1, 0, 0)
	if got := strings.Join(s.log("ended"), " "); got != "other handled" {
		t.Errorf("ended %q", got)
	}
}

// TestSlicesExclude checks that the slices of two runs exclude each other if they overlap,
// whatever their numbers, and do not if they don't.
func TestSlicesExclude(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, test := range []struct {
		first, second string
		status        int
	}{
		{"0/2", "1/3", 75},
		{"0/1", "5/7", 75},
		{"0/2", "0/2", 75},
		{"0/2", "1/2", 0},
		{"0/3", "2/4", 0},
		{"1/3", "2/3", 0},
	} {
		p := s.start("qrun", "-w", "-s", test.first, "in", "true")
		s.eventually("the lock", func() bool { return holdsLock(p.Process.Pid) })
		r := s.run("qrun", "-s", test.second, "in", "true")
		if r.Status != test.status {
			t.Errorf("%s beside %s: status %d, want %d: %s", test.second, test.first, r.Status, test.status, r.Err)
		}
		if pid := fmt.Sprint(p.Process.Pid); test.status == 75 && !strings.Contains(r.Err, pid) {
			t.Errorf("refused without the holder %s: %s", pid, r.Err)
		}
		if r := s.run("qrestore", "-s", test.second, "in"); r.Status != test.status {
			t.Errorf("qrestore -s %s beside %s: status %d, want %d", test.second, test.first, r.Status, test.status)
		}
		p.Process.Signal(syscall.SIGTERM)
		s.want(p.wait(), 0)
	}
}

// TestSliceOfNamedEntry checks that an entry that is named is in a slice, too. What a script
// has claimed there is left to the run's own rules, unless --force is given.
func TestSliceOfNamedEntry(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := s.start("qrun", "-w", "in", "true")
	// A run restores when it starts. Once it has handled an entry, that is over.
	s.put("in", 2, ".pck", plain(2))
	s.eventually("the first entry's end", func() bool { return len(s.files("in", ".pck"))+len(s.files("in", ".bak")) == 0 })
	s.put("in", 1, ".bak", plain(1))
	entry := "in/" + harness.Base(1) + ".bak"
	r := s.run("qrestore", entry)
	if want := fmt.Sprintf("its slice is being run by process %d", p.Process.Pid); r.Status != 75 || !strings.Contains(r.Err, want) {
		t.Errorf("status %d: %s", r.Status, r.Err)
	}
	s.holds("in", 0, 1, 0)
	s.want(s.run("qrestore", "--dry-run", entry), 0)
	s.want(s.run("qrestore", "--force", entry), 0)
	s.eventually("the run's turn", func() bool { return len(s.files("in", ".pck")) == 0 })
	p.Process.Signal(syscall.SIGTERM)
	s.want(p.wait(), 0)
	s.holds("in", 0, 0, 0)
}

// holdsLock reports whether a process holds a lock on a range of a file. A test that asked for
// the slice with qrestore could itself be the holder.
func holdsLock(pid int) bool {
	locks, err := os.ReadFile("/proc/locks")
	return err == nil && regexp.MustCompile(fmt.Sprintf(` POSIX +ADVISORY +WRITE %d `, pid)).Match(locks)
}
