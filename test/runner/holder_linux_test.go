package runner

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"switchboard/test/harness"
)

// elsewhere runs one of our commands in a pid namespace of its own, as in a container. The
// processes outside have no number there. On NFS, processes of another machine have none
// either. It also returns how much processor time the command took.
func (s *site) elsewhere(name string, args ...string) (harness.Result, time.Duration) {
	s.Helper()
	plain := s.command(name, args...)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "unshare", append([]string{"--pid", "--fork", "--kill-child", plain.Path}, args...)...)
	cmd.Dir, cmd.Env = plain.Dir, plain.Env
	r, err := harness.Wait(cmd, cmd.Start)
	if err != nil {
		s.Fatal(err)
	}
	if ctx.Err() != nil {
		s.Fatalf("%s %v does not end: %s", name, args, r.Err)
	}
	return r, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}

// TestHolderInAnotherNamespace checks that a slice is locked whoever holds the lock. If the
// holder has no number here, its slice is neither run nor restored, nothing spins, and the
// message says so.
func TestHolderInAnotherNamespace(t *testing.T) {
	t.Parallel()
	harness.Needs(t, "a pid namespace", exec.Command("unshare", "--pid", "--fork", "true").Run())
	s := newSite(t)
	s.fill(1, plain)
	holder := s.start("qrun", "-w", "in", "sh", "-c", "touch $out/at; until test -e $out/go; do sleep .05; done")
	defer func() {
		s.release()
		holder.Process.Signal(os.Interrupt)
		holder.wait()
	}()
	s.eventually("the command", func() bool { return s.exists("at") })
	// A script's claim, in the slice that is run. Nobody holds a lock on it.
	claimed := s.put("in", 1, ".bak", plain(1))
	for _, try := range [][]string{
		{"qrun", "in", "true"},
		{"qrun", "-s", "1/3", "in", "true"},
		{"qrestore", "in"},
		{"qrestore", claimed},
		{"qrestore", "in/" + filepath.Base(claimed)},
	} {
		r, spent := s.elsewhere(try[0], try[1:]...)
		if r.Status != 75 || !strings.Contains(r.Err, "is being run by a process of another machine or container") {
			t.Errorf("%v: status %d, %q, %q", try, r.Status, r.Out, r.Err)
		}
		// A spinning qrun would use all of the time that passes.
		if spent > 5*time.Second {
			t.Errorf("%v: %v of processor time", try, spent)
		}
	}
	if _, err := os.Stat(s.path("in/" + filepath.Base(claimed))); err != nil {
		t.Errorf("an entry that is being worked on was restored: %v", err)
	}
}
