package race

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"switchboard/test/harness"
	"switchboard/test/harness/kernel"
)

// plainly returns one of the commands, without renameat2(2).
func plainly(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := harness.Command(t, name, args...)
	if err := kernel.PlainRename.On(cmd); err != nil {
		t.Fatal(err)
	}
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
