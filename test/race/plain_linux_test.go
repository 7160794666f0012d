package race

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"switchboard/test/harness"
)

// plain, as an environment variable with the value 1, makes this test's program take renameat2(2)
// away from itself, as on a filesystem that cannot refuse to replace, and become the command in
// its arguments.
const plain = "SWITCHBOARD_TEST_PLAIN_RENAME"

func init() {
	if os.Getenv(plain) != "" {
		becomePlain()
	}
}

// becomePlain never returns. The filter belongs to this thread, and so to the program that it
// becomes.
func becomePlain() {
	runtime.LockOSThread()
	os.Unsetenv(plain)
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 0}, // the call's number
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_RENAMEAT2, Jt: 0, Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EINVAL)},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
	if err == nil {
		err = unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&program)), 0, 0)
	}
	if err == nil {
		err = syscall.Exec(os.Args[0], os.Args, os.Environ())
	}
	fmt.Fprintln(os.Stderr, "the filter was not installed:", err)
	os.Exit(255)
}

// plainly returns one of the commands, without renameat2(2).
func plainly(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := harness.Command(t, name, args...)
	cmd.Env = append(cmd.Env, plain+"=1")
	cmd.Args[0] = cmd.Path
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Path = self
	return cmd
}

// TestPlainRenames has many processes claim, requeue and restore the entries of a queue whose
// filesystem cannot refuse to replace. No two files have the same name, so no process may report a
// conflict; and every entry is claimed.
func TestPlainRenames(t *testing.T) {
	t.Parallel()
	n := size(t, 80)
	q := newQueue(t, n, ".pck")
	var mu sync.Mutex
	claimed := map[string]int{}
	var said []string
	do := func(stdin []string, name string, args ...string) harness.Result {
		cmd := plainly(t, name, args...)
		cmd.Stdin = strings.NewReader(strings.Join(stdin, "\n"))
		r, err := harness.Wait(cmd, cmd.Start)
		if err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		for line := range strings.SplitSeq(r.Err, "\n") {
			if line != "" {
				said = append(said, line)
			}
		}
		return r
	}
	var work sync.WaitGroup
	for range 8 {
		work.Go(func() {
			for round := 0; ; round++ {
				r := do(nil, "qdequeue", "-n", "4", q)
				paths := strings.Fields(r.Out)
				if len(paths) == 0 && r.Status != 75 {
					return
				}
				if round%3 == 2 {
					do(paths, "qfinish", "--requeue", "-")
					continue
				}
				mu.Lock()
				for _, p := range paths {
					claimed[base(p)]++
				}
				mu.Unlock()
			}
		})
	}
	work.Wait()
	said = slices.DeleteFunc(said, func(line string) bool { return strings.Contains(line, "by another process") })
	if len(said) > 0 {
		t.Errorf("%d lines on standard error: %s", len(said), strings.Join(said[:min(len(said), 4)], "\n"))
	}
	counts := left(t, q)
	if len(claimed) != n || len(counts) != n {
		t.Errorf("%d of %d were claimed, %d are there", len(claimed), n, len(counts))
	}
	for b, times := range claimed {
		if times != 1 {
			t.Errorf("%s was claimed %d times", b, times)
		}
	}
	if _, err := os.Stat(filepath.Join(q, "switchboard.rename")); err != nil {
		t.Errorf("no process took the other way: %v", err)
	}
	// Now all processes requeue everything. For each entry one succeeds, and the others find it
	// gone.
	paths, _ := filepath.Glob(q + "/*.bak")
	for range 8 {
		work.Go(func() { do(paths, "qfinish", "--requeue", "-") })
	}
	work.Wait()
	for _, line := range said {
		if !strings.Contains(line, "not claimed") {
			t.Fatalf("qfinish says: %s", line)
		}
	}
	if ready, _ := filepath.Glob(q + "/*.pck"); len(ready) != n || len(said) != 7*n {
		t.Errorf("%d of %d are ready, %d were found gone", len(ready), n, len(said))
	}
}
