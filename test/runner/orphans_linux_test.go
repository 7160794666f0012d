package runner

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"switchboard/test/harness"
)

// children returns the children of a process, with their states.
func children(t *testing.T, parent int) map[int]string {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	found := map[int]string{}
	for _, path := range all {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		_, rest, ok := strings.Cut(string(text), ") ")
		if f := strings.Fields(rest); ok && len(f) > 1 && f[1] == strconv.Itoa(parent) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			found[pid] = f[0]
		}
	}
	return found
}

// drainsWithoutZombies gives n entries to a run whose commands leave processes behind. Each
// status must be that of the command, and no zombie may stay.
func (s *site) drainsWithoutZombies(pid, n int) {
	s.Helper()
	for i := range n {
		s.put("in", i, ".pck", fmt.Sprintf("Subject: x\n\nexit %d\n", []int{0, 3}[i%2]))
	}
	s.eventually("the end", func() bool { return len(s.files("in", ".pck"))+len(s.files("in", ".bak")) == 0 })
	s.holds("shunt", n/2, 0, 0)
	// Processes that were left behind end at any time.
	s.eventually("the children's end", func() bool { return len(children(s.T, pid)) == 0 })
}

// leaving is a command that exits as the message says. It leaves processes behind that end
// before and after it.
const leaving = `(setsid sleep 0.1 &) ; (sleep 0.01 &) ; (:) & eval "$(tail -n 1)"`

// TestReapsInherited checks that qrun reaps the children that its process had before it became
// qrun.
func TestReapsInherited(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	cmd := s.command("qrun")
	cmd.Path, cmd.Args = "/bin/sh", []string{"sh", "-c", `sleep 0.01 & sleep 0.2 & exec "$@"`, "sh", cmd.Path, "-w", "-j", "4", "--max-failures", "0", "in", "sh", "-c", leaving}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.drainsWithoutZombies(cmd.Process.Pid, 20)
	cmd.Process.Signal(syscall.SIGTERM)
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// TestProcessOne checks that qrun, as process 1 of a container, reaps processes that lose
// their parent.
func TestProcessOne(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		harness.Needs(t, "root", fmt.Errorf("user %d", os.Geteuid()))
	}
	unshare, err := exec.LookPath("unshare")
	harness.Needs(t, "unshare", err)
	harness.Needs(t, "namespaces", exec.Command(unshare, "-pf", "--mount-proc", "true").Run())
	s := newSite(t)
	cmd := s.command("qrun")
	cmd.Path, cmd.Args = unshare, append([]string{unshare, "-pf", "--mount-proc", "--kill-child"}, cmd.Path, "-w", "-j", "4", "--max-failures", "0", "in", "sh", "-c", leaving)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pid := 0
	s.eventually("qrun", func() bool {
		for child := range children(t, cmd.Process.Pid) {
			exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", child))
			if err == nil && filepath.Base(exe) == "qrun" {
				pid = child
			}
		}
		return pid != 0
	})
	s.drainsWithoutZombies(pid, 20)
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}
