package cmdline

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A runtime that fails ends the command by a signal, on which mail servers try
// again, with a trace and without a core dump.
func TestCrash(t *testing.T) {
	if os.Getenv("CRASH") != "" {
		os.Args = os.Args[:1]
		Main(Command{Run: func(*Context) error {
			var m map[int]int
			m[0] = 1
			return nil
		}})
	}
	dir := t.TempDir()
	cmd := exec.Command("/bin/sh", "-c", `ulimit -c unlimited && exec "$0" "$@"`, os.Args[0])
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CRASH=1")
	cmd.Args = append(cmd.Args, "-test.run=^TestCrash$")
	var said strings.Builder
	cmd.Stderr = &said
	err := cmd.Run()
	if s := cmd.ProcessState.Sys().(syscall.WaitStatus); !s.Signaled() || s.Signal() != syscall.SIGABRT || s.CoreDump() {
		t.Errorf("%v, not a signal\n%s", err, said.String())
	}
	if !strings.Contains(said.String(), "assignment to entry in nil map") {
		t.Errorf("the trace is\n%s", said.String())
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
		t.Errorf("it left %v", left)
	}
}
