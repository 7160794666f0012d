package kill

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"switchboard/test/harness"
)

// logName and configName are the log and the configuration in a world.
const (
	logName    = "sw.log"
	configName = "sw.toml"
)

// logged returns the scenarios whose commands change something, but not the long batches.
func logged() []scenario {
	return slices.DeleteFunc(scenarios(), func(s scenario) bool {
		return s.command == "qcat" || s.command == "qstat" || len(s.mails()) > 5 || s.calls > 0 || s.openFiles > 0
	})
}

// logging returns a world whose commands have a log. Its system calls count, too.
func (b *bench) logging(t *testing.T, s *scenario) *world {
	t.Helper()
	w := b.world(t, s)
	w.config = filepath.Join(w.root, configName)
	if err := os.WriteFile(w.config, []byte("log = \""+logName+"\"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return w
}

// TestKillWithLog kills each command at each of its system calls, those on the log among them;
// CI tries one in seventeen. A change may then lack its line, but each line has its change.
func TestKillWithLog(t *testing.T) {
	t.Parallel()
	eachOf(t, logged(), func(t *testing.T, b *bench, s *scenario) {
		calls := b.undisturbedWithLog(t, s)
		kills := harness.NewSample(t, s.command+s.name, 17)
		for n := range calls {
			if kills.Has() {
				b.untilFired(t, s, func(try int) bool { return b.killAtWithLog(t, s, nearby(n, try)) })
			}
			if t.Failed() {
				return
			}
		}
	})
}

// undisturbedWithLog runs a scenario with a log, checks that each change has its line, and
// returns the calls.
func (b *bench) undisturbedWithLog(t *testing.T, s *scenario) (calls []string) {
	t.Helper()
	w := b.logging(t, s)
	defer w.remove()
	r, calls := w.run(t, s, s.args(w), b.rule)
	if err := w.check(s, s.paths(lines(r.Out)), look{done: true, clean: true, runs: 1}); r.Status != s.status || err != nil {
		t.Fatalf("undisturbed: status %d, %v, %s", r.Status, err, r.Err)
	}
	last, err := w.logIsTrue(s)
	if err != nil {
		t.Fatalf("undisturbed: %v", err)
	}
	for i, m := range w.mails {
		l, told := last[harness.Base(i)]
		if _, err := os.Lstat(w.path(i, m.from)); err != nil && !told {
			t.Errorf("mail %d has moved, and has no line", i)
		}
		if _, err := os.Lstat(l.to); l.to != "" && err != nil {
			t.Errorf("mail %d moved on after its last line, %+v", i, l)
		}
	}
	return calls
}

func (b *bench) killAtWithLog(t *testing.T, s *scenario, n int) bool {
	w := b.logging(t, s)
	defer w.remove()
	r, calls := w.run(t, s, s.args(w), b.killing(n))
	if r.Status != -1 || len(calls) <= n {
		return false
	}
	err := w.check(s, s.paths(lines(r.Out)), look{runs: 1})
	if err == nil {
		_, err = w.logIsTrue(s)
	}
	if err != nil {
		t.Errorf("killed at call %d, %s: %v\nthe calls were:\n%s", n, calls[n], err, strings.Join(calls, "\n"))
	}
	return true
}

// TestLogFails fails every call that a command makes on its log, with each error that it can
// have. The work and its status are the same, and one line says so.
func TestLogFails(t *testing.T) {
	t.Parallel()
	eachOf(t, logged(), func(t *testing.T, b *bench, s *scenario) {
		sample := harness.NewSample(t, s.command+s.name, 3)
		for _, errno := range []unix.Errno{unix.ENOSPC, unix.EIO, unix.EACCES, unix.EMFILE, unix.ENXIO} {
			if !sample.Has() {
				continue
			}
			w := b.logging(t, s)
			failed := 0
			b.tried.Add(1)
			r, _ := w.run(t, s, s.args(w), func(c *call) verdict {
				if filepath.Base(c.on) == logName && slices.Contains(c.can, errno) {
					failed++
					return verdict{errno: errno}
				}
				return b.rule(c)
			})
			b.fired.Add(1)
			if err := w.check(s, s.paths(lines(r.Out)), look{done: true, clean: true, runs: 1}); r.Status != s.status || err != nil {
				t.Errorf("%v: status %d, %v, %s", errno, r.Status, err, r.Err)
			}
			if said := strings.Count(r.Err, "cannot log: "); said > 1 || said == 0 && failed > 0 {
				t.Errorf("%v: said %d times for %d failures:\n%s", errno, said, failed, r.Err)
			}
			w.remove()
		}
	})
}

// change is a line of the log.
type change struct{ kind, from, to string }

// logIsTrue checks that each line of the log is whole, and that what it tells has happened. It
// returns the last line of each entry.
func (w *world) logIsTrue(s *scenario) (map[string]change, error) {
	text, err := os.ReadFile(filepath.Join(w.root, logName))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	last := make(map[string]change)
	all := strings.Split(string(text), "\n")
	if all[len(all)-1] != "" {
		return nil, fmt.Errorf("the log ends with a part of a line: %q", text)
	}
	for _, line := range all[:len(all)-1] {
		words := strings.Fields(line)
		if len(words) < 5 {
			return nil, fmt.Errorf("what is %q?", line)
		}
		c := change{kind: words[2]}
		for _, word := range words[3:] {
			if path, ok := strings.CutPrefix(word, "from="); ok {
				c.from = path
			} else if path, ok := strings.CutPrefix(word, "to="); ok {
				c.to = path
			}
		}
		name := c.from
		if name == "" {
			name = c.to
		}
		name = strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
		if before, ok := last[name]; ok && before.to != c.from {
			return nil, fmt.Errorf("%+v comes after %+v", c, before)
		}
		last[name] = c
	}
	for _, c := range last {
		_, old := os.Lstat(c.from)
		_, now := os.Lstat(c.to)
		// The line about the next change may be missing, and that change may have given the
		// entry its old name: a claim was given back, or qrun claimed what it had restored.
		back := c.kind == "claimed" || c.kind == "restored" && s.command == "qrun"
		if old == nil && (!back || now == nil) {
			return nil, fmt.Errorf("%+v, but the old path is still there", c)
		}
		if c.kind == "stored" && now != nil {
			return nil, fmt.Errorf("%+v, but there is no such file", c)
		}
	}
	return last, nil
}
