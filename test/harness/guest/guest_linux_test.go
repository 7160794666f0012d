package guest

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"switchboard/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// TestGuest runs programs in a guest with little memory: what they print and read is complete,
// many run at once, signals reach them, and modules can be loaded.
func TestGuest(t *testing.T) {
	t.Parallel()
	g := Start(t, Options{Memory: 128, Trees: []string{Tree(t, "busybox")}, Modules: []string{"xfs"}, Later: []string{"loop", "ext4"}})
	if r := g.Run(nil, "busybox", "sh", "-c", "echo here; echo there >&2; exit 3"); r != (harness.Result{Out: "here\n", Err: "there\n", Status: 3}) {
		t.Errorf("%+v", r)
	}

	text := bytes.Repeat([]byte("0123456789\n"), 100_000)
	counted := make(chan string)
	for range 3 {
		go func() { counted <- g.Run(text, "busybox", "cat").Out }()
	}
	for range 3 {
		if out := <-counted; out != string(text) {
			t.Errorf("%d bytes became %d others", len(text), len(out))
		}
	}

	p := g.Start(Command{Argv: []string{"busybox", "sh", "-c", "while read -r line; do echo $A $line; done"}, Env: []string{"A=b"}})
	p.Stdin.Write([]byte("c\n"))
	if line, err := bufio.NewReader(p.Stdout).ReadString('\n'); line != "b c\n" {
		t.Errorf("%q, %v", line, err)
	}
	p.Signal(syscall.SIGTERM)
	if r := p.Wait(); r.Status != -1 {
		t.Errorf("%+v", r)
	}

	g.Load("loop")
	g.Load("ext4") // a part of the kernel
	if loaded := g.Run(nil, "busybox", "cat", "/proc/modules").Out; !strings.Contains(loaded, "\nxfs ") || !strings.HasPrefix(loaded, "loop ") {
		t.Errorf("loaded are:\n%s", loaded)
	}
	g.Stop()
}

// TestEndsWithTest checks that a guest ends with the process that has started it, even if that
// is killed.
func TestEndsWithTest(t *testing.T) {
	t.Parallel()
	const starting = "SWITCHBOARD_TEST_GUEST"
	m := need(t)
	if os.Getenv(starting) != "" {
		q, err := startQEMU(Options{}, m.kernel, m.kernel, filepath.Join(t.TempDir(), "console"))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Println(q.pid)
		t.Fatal(q.wait())
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run", "^TestEndsWithTest$")
	cmd.Env = append(os.Environ(), starting+"=1")
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Fscan(out, &pid); err != nil {
		t.Fatal(err)
	}
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	cmd.Process.Kill()
	cmd.Wait()
	// It can be read once the process has ended.
	if n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 60_000); n != 1 {
		t.Errorf("process %d is still there: %v", pid, err)
	}
}

// TestHardware checks which processors run guests by themselves.
func TestHardware(t *testing.T) {
	t.Parallel()
	for info, want := range map[string]bool{
		"processor\t: 0\nflags\t\t: fpu vme vmx smx\nbugs\t\t: \n": true,
		"processor\t: 0\nflags\t\t: fpu svm\n":                     true,
		"flags\t\t: fpu svm_lock hypervisor\nbugs\t\t: vmx\n":      false,
		"flags\t\t: fpu vme\nvmx flags\t: vnmi\n":                  false,
	} {
		if got := hardware.MatchString(info); got != want {
			t.Errorf("%q: %v", info, got)
		}
	}
}
