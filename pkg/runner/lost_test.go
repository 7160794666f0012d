package runner_test

import (
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"switchboard/pkg/queue"
)

// TestStatusLost checks that an unknown status does not count as 0: the entry is not
// finished. If a process ignores SIGCHLD, the kernel reaps its children, and the
// process never learns how they ended. The signal concerns the whole process, so this
// test runs in a process of its own.
func TestStatusLost(t *testing.T) {
	const inner = "SWITCHBOARD_TEST_STATUS_LOST"
	if os.Getenv(inner) == "" {
		t.Parallel()
		test := exec.Command(os.Args[0], "-test.run=^TestStatusLost$", "-test.v")
		test.Env = append(os.Environ(), inner+"=1")
		if out, err := test.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: TestStatusLost") {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	signal.Ignore(syscall.SIGCHLD)
	s := newSite(t)
	id := s.add(mail)[0]
	o := s.options(`exit 0`)
	o.MaxRestores = 1
	if _, err := s.run(o); err != nil {
		t.Fatal(err)
	}
	if s.kinds() != "preserved" || s.outcomes[0].Exit.Status != -1 {
		t.Errorf("outcomes %q, %+v", s.kinds(), s.outcomes)
	}
	s.has("in")
	s.has("bad", id.Name(queue.Preserved))
}
