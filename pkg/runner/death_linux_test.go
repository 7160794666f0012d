package runner_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestWorkerDies checks that the command of a claim with a lease dies with its runner: another
// worker restores the entry when the lease has ended. The runner is a process of its own.
func TestWorkerDies(t *testing.T) {
	t.Parallel()
	const inner = "SWITCHBOARD_TEST_WORKER_DIES"
	if began := os.Getenv(inner); began != "" {
		s := newSite(t)
		s.onServer()
		s.add(mail)
		s.run(s.options(`echo $$ >"$` + inner + `.new"; mv "$` + inner + `.new" "$` + inner + `"; while :; do sleep 1; done`))
		return
	}
	began := filepath.Join(t.TempDir(), "began")
	test := exec.Command(os.Args[0], "-test.run=^TestWorkerDies$")
	test.Env = append(os.Environ(), inner+"="+began)
	if err := test.Start(); err != nil {
		t.Fatal(err)
	}
	var pid string
	eventually(t, "the command", func() bool {
		text, _ := os.ReadFile(began)
		pid = strings.TrimSpace(string(text))
		return pid != ""
	})
	test.Process.Kill()
	test.Wait()
	eventually(t, "the end of the command", func() bool {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%s/stat", pid))
		return err != nil || strings.Contains(string(stat), ") Z ")
	})
}
