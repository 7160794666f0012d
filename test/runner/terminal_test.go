package runner

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"switchboard/test/harness"
)

// onTerminal runs a line of shell on a terminal, and returns what that got.
func (s *site) onTerminal(line string) string {
	s.Helper()
	path, err := exec.LookPath("script")
	harness.Needs(s, "script", err)
	cmd := s.command("qrun")
	cmd.Path, cmd.Args = path, []string{"script", "-qec", line, "/dev/null"}
	out, err := cmd.Output()
	if err != nil {
		s.Fatalf("%s: %v\n%s", line, err, out)
	}
	return string(out)
}

// On a terminal a line shows how far a long run is, gives way to what a person
// should read, and is gone at the end.
func TestProgress(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.fill(4, plain)
	got := s.onTerminal(`qrun in sh -c 'sleep 0.6; grep -q "Subject: 3" && exit 1; exit 0' || test $? = 65`)
	const line = `\rqrun: \d handled\x1b\[K`
	want := regexp.MustCompile(`^(` + line + `)+\r\x1b\[Kqrun: in/\S+\.bak: COMMAND exited 1; moved to shunt/\S+\.pck\r\n$`)
	if !want.MatchString(got) {
		t.Errorf("the terminal got %q", got)
	}
	s.fill(1, plain)
	began := time.Now()
	if got := s.onTerminal(`qrun in true`); got != "" && time.Since(began) < time.Second {
		t.Errorf("a short run showed %q", got)
	}
}

// Also work that counts nothing for long shows that it goes on.
func TestProgressOfOne(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	got := s.onTerminal(`(printf 'Subject: x\n\n'; sleep 1.5) | qenqueue in`)
	if want := regexp.MustCompile(`^(\rqenqueue: [01] stored\x1b\[K)+\r\x1b\[Kin/\S+\.pck\r\n$`); !want.MatchString(got) {
		t.Errorf("the terminal got %q", got)
	}
}

// One who presses Ctrl-C is told what that does.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.fill(2, plain)
	got := s.onTerminal(`qrun in sh -c 'kill -INT $PPID; sleep 0.2' || test $? = 75`)
	if !strings.Contains(got, "qrun: waiting for running commands; press ^C again to stop them") ||
		!strings.Contains(got, "qrun: in: stopped; entries are left for another run") {
		t.Errorf("the terminal got %q", got)
	}
	s.holds("in", 1, 0, 0)
}

// What a shunt queue's entries came from is there on a terminal, too; a queue
// without entries leaves no trace on it.
func TestShuntOnTerminal(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	if got := s.onTerminal("qstat -l in"); got != "" {
		t.Errorf("an empty queue showed %q", got)
	}
	s.fill(1, plain)
	s.want(s.run("qrun", "in", "false"), 65)
	if got := s.onTerminal("qstat -l shunt"); !strings.Contains(got, "origin") || !regexp.MustCompile(`/in +…?\S*\.pck`).MatchString(got) {
		t.Errorf("the terminal got %q", got)
	}
}
