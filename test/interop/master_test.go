package interop

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"switchboard/test/harness"
)

// While a master runs, its runners' queues are left to them.
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

// refuses asserts that ours does, or does not, keep off the queue, that force
// gets past it, and that storing is always allowed.
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

// A Mailman 3 as it is started on a machine: the pid file is where ours looks,
// and goes when the master does.
func TestRealMaster(t *testing.T) {
	t.Parallel()
	m := startMailman(t, "mailman3", nil)
	const lib = "/usr/lib/mailman3/bin"
	_, err := os.Stat(lib + "/master")
	harness.Needs(t, "Debian's mailman3", err)
	cfg := fmt.Sprintf("[mailman]\nlayout: interop\n[paths.interop]\nvar_dir: %s\nbin_dir: %s\n", filepath.Dir(m.master), lib)
	// One runner, of a queue that this test has no message in.
	for _, runner := range strings.Fields("archive bounces command in lmtp nntp out pipeline rest retry task digest") {
		cfg += fmt.Sprintf("[runner.%s]\nstart: no\n", runner)
	}
	file := filepath.Join(tempDir(t), "mailman.cfg")
	if err := os.WriteFile(file, []byte(cfg), 0o644); err != nil {
		t.Fatal(err)
	}
	m.refuses("in", false)
	master := exec.Command(lib+"/master", "-C", file)
	master.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := master.Start(); err != nil {
		t.Fatal(err)
	}
	stopped := make(chan struct{})
	go func() { master.Wait(); close(stopped) }()
	stop := func() {
		master.Process.Signal(os.Interrupt) // an error: it has stopped
		select {
		case <-stopped:
		case <-time.After(time.Minute): // told while it started, it goes on
			syscall.Kill(-master.Process.Pid, syscall.SIGKILL)
			<-stopped
		}
	}
	t.Cleanup(stop)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		pid, _ := os.ReadFile(m.master)
		if strings.TrimSpace(string(pid)) == fmt.Sprint(master.Process.Pid) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the master wrote no pid file")
		}
	}
	m.refuses("in", true)
	m.refuses("shunt", false)
	stop()
	m.refuses("in", false)
}
