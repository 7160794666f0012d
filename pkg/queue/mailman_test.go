package queue

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// deadPID is the number of a process that has ended. It starts one: see
// TestLockSlice.
func deadPID(t *testing.T) int {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	must(t, cmd.Run())
	return cmd.Process.Pid
}

func TestRunning(t *testing.T) {
	dead := deadPID(t)
	t.Parallel()
	for _, test := range []struct {
		queue, pidFile, content string
		running                 bool
	}{
		{"qfiles/in", "data/master-qrunner.pid", fmt.Sprint(os.Getpid(), "\n"), true},
		{"qfiles/out", "data/master-qrunner.pid", fmt.Sprint(os.Getpid()), true},
		{"queue/pipeline", "master.pid", fmt.Sprint(" ", os.Getpid(), " \n"), true},
		{"queue/in", "master.pid", "1\n", true}, // somebody else's, EPERM for most
		{"queue/in", "master.pid", fmt.Sprint(dead), false},
		{"queue/in", "master.pid", "", false},
		{"queue/in", "master.pid", "no number", false},
		{"queue/in", "master.pid", "0", false},
		{"queue/in", "master.pid", "-1", false},
		{"queue/in", "master.pid", "99999999999999999999", false},
		{"queue/in", "elsewhere.pid", fmt.Sprint(os.Getpid()), false},
		{"queue/shunt", "master.pid", fmt.Sprint(os.Getpid()), false},
		{"queue/bad", "master.pid", fmt.Sprint(os.Getpid()), false},
		{"queue/mine", "master.pid", fmt.Sprint(os.Getpid()), false},
	} {
		base := t.TempDir()
		queue, pidFile := filepath.Join(base, test.queue), filepath.Join(base, test.pidFile)
		must(t, os.MkdirAll(queue, 0o700))
		must(t, os.MkdirAll(filepath.Dir(pidFile), 0o700))
		must(t, os.WriteFile(pidFile, []byte(test.content), 0o600))
		must(t, os.Symlink(queue, filepath.Join(base, "link")))
		for _, path := range []string{queue, queue + "/", filepath.Join(base, "link"), queue + "/../" + filepath.Base(queue)} {
			err := Running(path)
			if (err != nil) != test.running || err != nil && !errors.Is(err, ErrRunning) {
				t.Errorf("%s, %s with %q: %v", path, test.pidFile, test.content, err)
			}
			if err != nil && !strings.Contains(err.Error(), test.pidFile) {
				t.Errorf("%q does not name the pid file", err)
			}
		}
		if err := Running(queue, filepath.Join(base, "elsewhere.pid")); test.pidFile == "elsewhere.pid" && err == nil {
			t.Error("a pid file that was named was not looked at")
		}
	}
}

// TestRunningNoFile: a pid file that is none does not block.
func TestRunningNoFile(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(base, "queue/in"), 0o700))
	must(t, os.MkdirAll(filepath.Join(base, "master.pid"), 0o700))
	if err := Running(filepath.Join(base, "queue/in")); err != nil {
		t.Errorf("a directory: %v", err)
	}
	must(t, os.Remove(filepath.Join(base, "master.pid")))
	must(t, unix.Mkfifo(filepath.Join(base, "master.pid"), 0o600))
	if err := Running(filepath.Join(base, "queue/in")); err != nil {
		t.Errorf("a FIFO: %v", err)
	}
}

// TestKnownPlaces: where Mailman and its distributions have the pid file of the
// master, by the queue.
func TestKnownPlaces(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ queue, pidFile string }{
		{"/usr/local/mailman/qfiles/in", "/usr/local/mailman/data/master-qrunner.pid"}, // 2.1 as released
		{"/var/lib/mailman/qfiles/in", "/run/mailman/mailman.pid"},                     // 2.1, Debian
		{"/var/lib/mailman/qfiles/in", "/var/lib/mailman/data/master-qrunner.pid"},     // 2.1, SUSE
		{"/var/spool/mailman/in", "/run/mailman/master-qrunner.pid"},                   // 2.1, Red Hat
		{"/opt/mailman/var/queue/in", "/opt/mailman/var/master.pid"},                   // 3 as released
		{"/var/lib/mailman3/queue/in", "/run/mailman3/master.pid"},                     // 3, Debian
		{"/var/spool/mailman/in", "/run/mailman/master.pid"},                           // 3, layout fhs
	} {
		if places := knownPlaces(test.queue); !slices.Contains(places, test.pidFile) {
			t.Errorf("%s: %s is not among %q", test.queue, test.pidFile, places)
		}
	}
}
