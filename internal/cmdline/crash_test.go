package cmdline

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/urfave/cli/v2"
)

// TestCrash checks that a signal ends the command if the Go runtime fails, because mail
// servers try again after a signal. There is a trace, but no core dump.
func TestCrash(t *testing.T) {
	if os.Getenv("CRASH") != "" {
		os.Args = append(os.Args[:1], strings.Fields(os.Getenv("CRASH_OPTIONS"))...)
		s := &Shared{}
		Main(Command{
			Shared: s, Flags: []cli.Flag{s.QuietFlag()},
			Run: func(*Context) error {
				m := map[string]map[int]int{}
				m["none"][0] = 1
				return nil
			},
		})
	}
	for options, trace := range map[string]string{"": "assignment to entry in nil map", "-q": ""} {
		crash(t, options, trace)
	}
}

// crash runs the test again, as a command that crashes.
func crash(t *testing.T, options, trace string) {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.Command("/bin/sh", "-c", `ulimit -c unlimited && exec "$0" "$@"`, os.Args[0])
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CRASH=1", "CRASH_OPTIONS="+options)
	cmd.Args = append(cmd.Args, "-test.run=^TestCrash$")
	var said strings.Builder
	cmd.Stderr = &said
	err := cmd.Run()
	if s := cmd.ProcessState.Sys().(syscall.WaitStatus); !s.Signaled() || s.Signal() != syscall.SIGABRT || s.CoreDump() {
		t.Errorf("%q: %v, not a signal\n%s", options, err, said.String())
	}
	if !strings.Contains(said.String(), trace) || trace == "" && said.Len() > 0 {
		t.Errorf("%q: the trace is\n%s", options, said.String())
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
		t.Errorf("it left %v", left)
	}
}
