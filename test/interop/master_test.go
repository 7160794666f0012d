package interop

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"switchboard/test/harness"
)

// TestMasterRuns checks that our commands refuse the queues of a running master's
// runners.
func TestMasterRuns(t *testing.T) {
	eachMailman(t, func(m *mailman) {
		gone := exec.Command("true")
		if err := gone.Run(); err != nil {
			m.Fatal(err)
		}
		for _, c := range []struct {
			name, pid string
			running   bool
		}{
			{"alive", fmt.Sprintf("%d\n", os.Getpid()), true},
			{"gone", fmt.Sprintf("%d\n", gone.Process.Pid), false},
			{"empty", "", false},
			{"garbage", "no number\n", false},
			{"zero", "0\n", false},
			{"negative", "-1\n", false},
		} {
			m.Run(c.name, func(t *testing.T) {
				m := m.with(t)
				m.masterIs(c.pid)
				for _, queue := range []string{"in", "out", "archive", "virgin", "retry"} {
					m.refuses(queue, c.running)
				}
				for _, queue := range []string{"shunt", "bad", "mine"} {
					m.refuses(queue, false)
				}
				if c.running && !m.diesOfVanished() {
					m.movesBeside()
				}
			})
		}
		m.Run("none", func(t *testing.T) {
			if err := os.Remove(m.master); err != nil {
				t.Fatal(err)
			}
			m.with(t).refuses("in", false)
		})
	})
}

func (m *mailman) masterIs(pid string) {
	m.Helper()
	if err := os.MkdirAll(filepath.Dir(m.master), 0o755); err != nil {
		m.Fatal(err)
	}
	if err := os.WriteFile(m.master, []byte(pid), 0o644); err != nil {
		m.Fatal(err)
	}
}

// refuses checks whether our commands refuse the queue, that --force overrides this, and
// that storing is always allowed.
func (m *mailman) refuses(queue string, refused bool) {
	m.Helper()
	dir := m.queue(queue)
	ready := m.path1([]byte("Subject: x\n\n"), "qenqueue", "-p", "-f", m.format, dir)
	base := strings.TrimSuffix(ready, ".pck")
	check := func(r harness.Result, name string) {
		m.Helper()
		if !refused {
			if r.Status != 0 {
				m.Errorf("%s %s: status %d: %s", name, queue, r.Status, r.Err)
			}
			return
		}
		if r.Status != 75 || r.Out != "" || !strings.Contains(r.Err, m.master) || strings.Count(r.Err, "\n") > 2 {
			m.Errorf("%s %s: status %d, printed %q: %s", name, queue, r.Status, r.Out, r.Err)
		}
	}
	check(m.ours(nil, "qdequeue", dir), "qdequeue")
	if refused {
		check(m.ours(nil, "qdequeue", ready), "qdequeue ENTRY")
		m.done(nil, "qdequeue", "--force", dir)
	}
	check(m.ours(nil, "qrestore", dir), "qrestore")
	if refused {
		if _, err := os.Stat(base + ".bak"); err != nil {
			m.Error(err)
		}
		m.done(nil, "qrestore", "--force", dir)
	}
	bak := m.path1(nil, "qdequeue", "--force", dir)
	if bak != base+".bak" {
		m.Errorf("claimed %s", bak)
	}
	m.done(nil, "qfinish", bak)
}

// TestRealMaster starts a Mailman 3 as on a real machine. The pid file is where our commands
// look, and is gone when the master has ended.
func TestRealMaster(t *testing.T) {
	t.Parallel()
	m := startMailman(t, "mailman3", nil)
	file := masterConfig(t, filepath.Dir(m.master), "")
	m.refuses("in", false)
	pid, stop := startMaster(t, "/usr/lib/mailman3/bin/master", "-C", file)
	eventually(t, "the pid file", func() bool {
		text, _ := os.ReadFile(m.master)
		return strings.TrimSpace(string(text)) == fmt.Sprint(pid)
	})
	m.refuses("in", true)
	m.refuses("shunt", false)
	m.movesBeside()
	stop()
	m.refuses("in", false)
}

// movesBeside checks that an entry can be moved out of a queue of the running master, and back,
// but not to another filesystem: it would have to be claimed while it is copied, and
// TestRunnerTakesClaim shows what a runner does with a claim.
func (m *mailman) movesBeside() {
	m.Helper()
	m.noteVersion()
	entry := m.path1([]byte("Subject: x\n\n"), "qenqueue", "-f", m.format, m.queue("in"))
	held := m.path1(nil, "qmove", "--to", "hold", entry)
	m.path1(nil, "qmove", "--to", "in", held)
	far := farDir(m.T, m.Queues)
	if r := m.ours(nil, "qmove", "--to", far, entry); r.Status != 75 || r.Out != "" || !strings.Contains(r.Err, "while the entry is copied") {
		m.Errorf("qmove to another filesystem: status %d, printed %q: %s", r.Status, r.Out, r.Err)
	}
	if r := m.ours(nil, "qdiscard", entry); r.Status != 0 {
		m.Errorf("qdiscard: status %d: %s", r.Status, r.Err)
	}
	m.holds("in")
}

// farDir makes a directory on another filesystem than that of a directory.
func farDir(t *testing.T, near string) string {
	t.Helper()
	far, err := os.MkdirTemp("/dev/shm", "switchboard-interop-")
	if err == nil {
		t.Cleanup(func() { os.RemoveAll(far) })
		var a, b syscall.Stat_t
		if err = errors.Join(syscall.Stat(near, &a), syscall.Stat(far, &b)); err == nil && a.Dev == b.Dev {
			err = errors.New("is on the same filesystem as " + near)
		}
	}
	harness.Needs(t, "/dev/shm", err)
	return far
}
