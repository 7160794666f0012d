package interop

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"switchboard/pkg/site"
	"switchboard/test/checkout"
	"switchboard/test/harness"
)

// namespaces skips a test that needs mount and process namespaces, if it cannot have them.
func namespaces(t *testing.T) {
	t.Helper()
	out, err := exec.Command("unshare", "-mpf", "true").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, out)
	}
	harness.Needs(t, "root and unshare", err)
}

// TestLayouts checks that a master is found in the layout of each package, directly and
// through a link. Each layout is in a mount namespace of its own.
func TestLayouts(t *testing.T) {
	t.Parallel()
	namespaces(t)
	script := "testdata/pid-layouts"
	if root, err := checkout.Root(); err == nil {
		if shared := filepath.Join(root, "../shared/cases/pid-layouts"); exists(shared) {
			script = shared
		}
	}
	cmd := exec.Command("bash", script)
	cmd.Env = append(os.Environ(), "BIN="+harness.Bin(t))
	if out, err := cmd.CombinedOutput(); err != nil || strings.Count(string(out), "ok ") < 14 {
		t.Errorf("%v\n%s", err, out)
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// masterConfig writes the configuration of a master that has its queues in varDir, and one
// runner, for a queue that the tests do not use. pidFile is "" for the default.
func masterConfig(t *testing.T, varDir, pidFile string) string {
	t.Helper()
	const lib = "/usr/lib/mailman3/bin"
	_, err := os.Stat(lib + "/master")
	harness.Needs(t, "Debian's mailman3", err)
	var cfg strings.Builder
	fmt.Fprintf(&cfg, "[mailman]\nlayout: interop\n[paths.interop]\nvar_dir: %s\nbin_dir: %s\n", varDir, lib)
	if pidFile != "" {
		cfg.WriteString("pid_file: " + pidFile + "\n")
	}
	for runner := range strings.FieldsSeq("archive bounces command in lmtp nntp out pipeline rest retry task digest") {
		fmt.Fprintf(&cfg, "[runner.%s]\nstart: no\n", runner)
	}
	file := filepath.Join(tempDir(t), "mailman.cfg")
	if err := os.WriteFile(file, []byte(cfg.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// startMaster starts a real master. stop ends it and its runners.
func startMaster(t *testing.T, argv ...string) (pid int, stop func()) {
	t.Helper()
	master := exec.Command(argv[0], argv[1:]...)
	master.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := master.Start(); err != nil {
		t.Fatal(err)
	}
	stopped := make(chan struct{})
	go func() { master.Wait(); close(stopped) }()
	stop = func() {
		master.Process.Signal(os.Interrupt) // fails if it has stopped
		select {
		case <-stopped:
		case <-time.After(time.Minute): // a master that is starting ignores the signal
			syscall.Kill(-master.Process.Pid, syscall.SIGKILL)
			<-stopped
		}
	}
	t.Cleanup(stop)
	return master.Process.Pid, stop
}

// eventually waits until ok, for as long as the slowest machine needs.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for: %s", what)
		}
	}
}

// TestMasterStarts checks that the queue is refused from the moment that a real master has
// its lock until it has stopped, whether its pid file is missing, empty or written.
func TestMasterStarts(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	file := masterConfig(t, dir, "")
	queue, lock := filepath.Join(dir, "queue/in"), filepath.Join(dir, "locks/master.lck")
	if err := os.MkdirAll(queue, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := site.Running(queue); err != nil {
		t.Fatal(err)
	}
	pid, stop := startMaster(t, "/usr/lib/mailman3/bin/master", "-C", file)
	looks := 0
	eventually(t, "the pid file", func() bool {
		for range 100 {
			locked := exists(lock)
			err := site.Running(queue)
			if locked {
				if looks++; err == nil {
					t.Fatal("the lock is there, and no Mailman is said to run")
				}
			}
		}
		text, _ := os.ReadFile(dir + "/master.pid")
		return strings.TrimSpace(string(text)) == fmt.Sprint(pid)
	})
	if looks == 0 {
		t.Error("the test never looked while the lock was there")
	}
	// If the master is killed, both files stay. Its runner goes on, so Mailman runs.
	eventually(t, "the runner", func() bool { return len(runnersOf(file)) > 0 })
	syscall.Kill(pid, syscall.SIGKILL)
	eventually(t, "the master's end", func() bool { return syscall.Kill(pid, 0) != nil })
	runners := runnersOf(file)
	if err := site.Running(queue); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("process %d", runners[0])) {
		t.Errorf("with runners %d left: %v", runners, err)
	}
	for _, runner := range runners {
		syscall.Kill(runner, syscall.SIGKILL)
	}
	eventually(t, "the runners' end", func() bool { return len(runnersOf(file)) == 0 })
	if !exists(lock) || !exists(dir+"/master.pid") {
		t.Error("a killed master removed its marks")
	}
	// In a container, the lock, which has not expired, may belong to a master outside.
	namespace, _ := os.Readlink("/proc/self/ns/pid")
	if err := site.Running(queue); err != nil && namespace == "pid:[4026531836]" {
		t.Errorf("everything was killed, but: %v", err)
	}
	stop()
}

// runnersOf returns the live runners with a configuration.
func runnersOf(file string) []int {
	var pids []int
	paths, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range paths {
		text, _ := os.ReadFile(path)
		if strings.Contains(string(text), "/runner\x00-C\x00"+file) {
			var pid int
			fmt.Sscanf(path, "/proc/%d/", &pid)
			pids = append(pids, pid)
		}
	}
	return pids
}

// TestMasterInContainer runs a master in a container: its process numbers name other
// processes here.
func TestMasterInContainer(t *testing.T) {
	t.Parallel()
	namespaces(t)
	dir := tempDir(t)
	file := masterConfig(t, dir, "")
	queue := filepath.Join(dir, "queue/in")
	if err := os.MkdirAll(queue, 0o755); err != nil {
		t.Fatal(err)
	}
	_, stop := startMaster(t, "unshare", "-pf", "--kill-child", "/usr/lib/mailman3/bin/master", "-C", file)
	eventually(t, "the pid file", func() bool {
		text, _ := os.ReadFile(dir + "/master.pid")
		return strings.TrimSpace(string(text)) == "1"
	})
	if err := site.Running(queue); err == nil || !strings.Contains(err.Error(), "Mailman is running (process ") || strings.Contains(err.Error(), "process 1,") {
		t.Errorf("%v", err)
	}
	// From another container, only the lock is visible.
	look := exec.Command("unshare", "-pf", "--mount-proc", filepath.Join(harness.Bin(t), "qdequeue"), queue)
	look.Env = append(os.Environ(), "SWITCHBOARD_CONFIG=/dev/null")
	if out, err := look.CombinedOutput(); look.ProcessState.ExitCode() != 75 {
		t.Errorf("from another container: %v\n%s", err, out)
	}
	stop()
}

// TestMasterElsewhere checks that a master whose pid file is below /run counts only for its
// own queues. It does not count for an old tree, for another tree, or for the queue of a
// user who cannot read its configuration.
func TestMasterElsewhere(t *testing.T) {
	t.Parallel()
	namespaces(t)
	_, err := exec.LookPath("setpriv")
	harness.Needs(t, "setpriv", err)
	dir := tempDir(t)
	for _, path := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	file := masterConfig(t, dir+"/var", "/run/mailman3/master.pid")
	if err := os.Chmod(file, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, queue := range []string{"var/queue/in", "old/qfiles/in", "other/queue/in", "theirs/queue/in"} {
		if err := os.MkdirAll(filepath.Join(dir, queue), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	// The master runs as a user of its own, as Mailman does, and a developer as another
	// user.
	const mailman, developer = 54321, 54322
	chown := func(top string, uid int) {
		err := filepath.WalkDir(top, func(path string, _ fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			return os.Chown(path, uid, uid)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	chown(dir+"/var", mailman)
	chown(filepath.Dir(file), mailman)
	chown(dir+"/theirs", developer)
	script := `
		mount -t tmpfs -o mode=755 t /run; mkdir -m 777 /run/mailman3
		setpriv --reuid=54321 --regid=54321 --clear-groups /usr/lib/mailman3/bin/master -C "$FILE" & master=$!
		until [ -s /run/mailman3/master.pid ]; do kill -0 $master || exit; sleep 0.1; done
		look() { "$@" >/dev/null; echo "$?"; }
		for queue in var/queue/in old/qfiles/in other/queue/in; do look "$BIN/qdequeue" "$queue"; done
		look setpriv --reuid=54322 --regid=54322 --clear-groups "$BIN/qdequeue" theirs/queue/in
		kill -INT $master; wait $master
		for queue in var/queue/in; do look "$BIN/qdequeue" "$queue"; done`
	cmd := exec.Command("unshare", "-m", "sh", "-c", script)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "SWITCHBOARD_CONFIG=/dev/null", "FILE="+file, "BIN="+harness.Bin(t))
	r, err := harness.Wait(cmd, cmd.Start)
	if err != nil || r.Out != "75\n1\n1\n1\n1\n" {
		t.Errorf("%v, it printed %q: %s", err, r.Out, r.Err)
	}
}
