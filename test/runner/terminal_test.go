package runner

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"switchboard/test/harness"
)

// onTerminal runs a shell command line on a terminal, and returns what the terminal got.
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

// TestProgress checks that on a terminal a line shows the progress of a long run. The line makes
// room for messages, and is gone at the end.
func TestProgress(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.fill(4, plain)
	got := s.onTerminal(`qrun in sh -c 'sleep 0.6; grep -q "Subject: 3" && exit 1; exit 0' || test $? = 65`)
	const line = `\rqrun: \d handled\x1b\[K`
	want := regexp.MustCompile(`^(` + line + `)+\r\x1b\[Kqrun: in/\S+\.bak: COMMAND exited 1; moved to shunt/\S+\.pck\r\n((` + line + `)+\r\x1b\[K)?$`)
	if !want.MatchString(got) {
		t.Errorf("the terminal got %q", got)
	}
	s.fill(1, plain)
	began := time.Now()
	if got := s.onTerminal(`qrun in true`); got != "" && time.Since(began) < time.Second {
		t.Errorf("a short run showed %q", got)
	}
}

// TestShuntOnTerminal checks that a terminal also shows where the entries of a shunt queue came
// from. A queue without entries prints nothing.
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

// TestNothingInFlight checks that a person who names a shunt queue or a bad queue is told how
// to release what is there. In a pipe, qrestore stays silent.
func TestNothingInFlight(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.fill(2, plain)
	s.want(s.run("qrun", "in", "false"), 65)
	if got, want := s.onTerminal("qrestore shunt"), "qrestore: shunt: nothing is in flight, 2 ready: --origin releases them\r\n"; got != want {
		t.Errorf("the terminal got %q", got)
	}
	if got := s.onTerminal("qrestore in"); got != "" {
		t.Errorf("a queue of a runner: the terminal got %q", got)
	}
	r := s.run("qrestore", "shunt")
	if s.want(r, 0); r.Out+r.Err != "" {
		t.Errorf("a pipe got %q", r.Out+r.Err)
	}
	s.holds("shunt", 2, 0, 0)
}

// TestNothingChosen checks that a person is told if the options choose nothing. It is not a
// failure.
func TestNothingChosen(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.fill(1, plain)
	for _, line := range []string{"qstat -l --list none in", "qstat -e --newer-than 1h in", "qmove --to hold --subject none in", "qdiscard --sender none in"} {
		command, _, _ := strings.Cut(line, " ")
		if got := s.onTerminal(line); !strings.Contains(got, command+": in: no entry was chosen\r\n") {
			t.Errorf("%s: the terminal got %q", line, got)
		}
	}
	s.holds("in", 1, 0, 0)
}

// TestNamesOnTerminal checks that the names of directories cannot disturb a terminal, where a
// path or a name is printed alone, too.
func TestNamesOnTerminal(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	const evil = "a\x1b[2J"
	s.make(evil)
	entry := s.put(evil, 1, ".pck", plain(1))
	conf := s.path("conf")
	if err := os.WriteFile(conf, []byte(`[queue."a\u001b[2J"]`+"\npath = \""+s.root+`/a\u001b[2J"`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range []string{"-e a*", "-e a*/" + filepath.Base(entry), "--names --config " + conf, "--config " + conf} {
		if got := s.onTerminal("qstat " + args); !strings.Contains(got, `a\x1b[2J`) || strings.Contains(got, evil) {
			t.Errorf("qstat %s shows %q", args, got)
		}
	}
}
