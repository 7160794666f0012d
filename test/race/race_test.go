// Package race has the built commands work on one queue at once, in processes of their own, some of
// which are killed.
package race

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"switchboard/pkg/message"
	"switchboard/pkg/queue"
	"switchboard/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// size returns the number of entries: three times as many in CI, and RACE_TIMES times as many if that
// is set.
func size(t *testing.T, small int) int {
	t.Helper()
	if text := os.Getenv("RACE_TIMES"); text != "" {
		times, err := strconv.Atoi(text)
		if err != nil || times < 1 {
			t.Fatalf("RACE_TIMES is %q: it must be a number of at least 1", text)
		}
		return times * small
	}
	if harness.CI() {
		return 3 * small
	}
	return small
}

// newQueue makes a queue with n ready entries, on a fast filesystem if there is one, because these
// tests do not depend on the disk.
func newQueue(t *testing.T, n int, ext string) string {
	t.Helper()
	parent, err := os.MkdirTemp("/dev/shm", "race")
	if err != nil {
		parent = t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(parent) })
	q := filepath.Join(parent, "in")
	if err := os.Mkdir(q, 0o770); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		e := harness.Entry{Base: harness.Base(i), Text: fmt.Appendf(nil, "Subject: %d\n\n%d\n", i, i)}
		if _, err := e.Write(q, ext); err != nil {
			t.Fatal(err)
		}
	}
	return q
}

// run runs a command that may be killed or fail, and returns the lines that it printed.
func run(t *testing.T, stdin, name string, args ...string) ([]string, int) {
	t.Helper()
	r := harness.Run(t, []byte(stdin), name, args...)
	if r.Status >= 64 && r.Status != 75 {
		t.Errorf("%s %v: status %d: %s", name, args, r.Status, r.Err)
	}
	return strings.Fields(r.Out), r.Status
}

func base(path string) string {
	id, _ := queue.SplitName(filepath.Base(path))
	return id.String()
}

// left returns the entries of a queue, in any state, with their counts.
func left(t *testing.T, q string) map[string]int {
	t.Helper()
	counts := map[string]int{}
	list, err := os.ReadDir(q)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		id, state := queue.SplitName(e.Name())
		if state != queue.Ready && state != queue.InFlight {
			continue
		}
		if _, twice := counts[id.String()]; twice {
			t.Errorf("%v is there twice", id)
		}
		content, err := os.ReadFile(filepath.Join(q, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		c, err := message.Read(bytes.NewReader(content), int64(len(content)))
		if err != nil {
			t.Errorf("%s: %v", e.Name(), err)
			continue
		}
		counts[id.String()] = c.Restores()
	}
	return counts
}

// TestSlices has four workers on their slices: none sees an entry of another's.
func TestSlices(t *testing.T) {
	t.Parallel()
	n := size(t, 400)
	q := newQueue(t, n, ".pck")
	var (
		workers sync.WaitGroup
		claimed [4][]string
	)
	for i := range claimed {
		slice := queue.Slice{Index: uint64(i), Count: 4}
		workers.Go(func() {
			for {
				lines, status := run(t, "", "qdequeue", "-s", slice.String(), "-n", "20", q)
				for _, l := range lines {
					id, _ := queue.SplitName(filepath.Base(l))
					if !slice.Filter()(id) {
						t.Errorf("%v is not in slice %v", id, slice)
					}
				}
				claimed[i] = append(claimed[i], lines...)
				if status != 0 {
					return
				}
			}
		})
	}
	workers.Wait()
	all := map[string]bool{}
	for _, lines := range claimed {
		for _, l := range lines {
			all[l] = true
		}
	}
	if total := len(claimed[0]) + len(claimed[1]) + len(claimed[2]) + len(claimed[3]); total != n || len(all) != n {
		t.Errorf("%d claims of %d entries; there were %d", total, len(all), n)
	}
}

// TestTwoRestores runs two qrestore on one queue at once: each count goes up once.
func TestTwoRestores(t *testing.T) {
	t.Parallel()
	n := size(t, 300)
	q := newQueue(t, n, ".bak")
	var (
		restorers sync.WaitGroup
		printed   [2][]string
	)
	for i := range printed {
		restorers.Go(func() { printed[i], _ = run(t, "", "qrestore", q) })
	}
	restorers.Wait()
	if got := len(printed[0]) + len(printed[1]); got != n {
		t.Errorf("%d of %d entries were restored", got, n)
	}
	for b, count := range left(t, q) {
		if count != 1 {
			t.Errorf("%s was restored %d times", b, count)
		}
	}
}

// TestOutputFull starts with a full standard output: nothing is claimed.
func TestOutputFull(t *testing.T) {
	t.Parallel()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	harness.Needs(t, "a full device", err)
	defer full.Close()
	n := 100
	q := newQueue(t, n, ".pck")
	for _, args := range [][]string{{q}, {"-n", "10", q}, {"-a", q}, {"--json", q}} {
		cmd := harness.Command(t, "qdequeue", args...)
		cmd.Stdout = full
		r, err := harness.Wait(cmd, cmd.Start)
		if err != nil || r.Status != 74 {
			t.Errorf("qdequeue %v: status %d, %v: %s", args, r.Status, err, r.Err)
		}
		ready, _ := filepath.Glob(q + "/*.pck")
		counts := left(t, q)
		if len(ready) != n || len(counts) != n {
			t.Errorf("qdequeue %v: %d of %d are ready", args, len(ready), n)
		}
		for b, count := range counts {
			if count != 0 {
				t.Errorf("%s was counted", b)
			}
		}
	}
}

// TestReaderGoes closes standard output in the middle of a batch: what was not
// printed is ready again, uncounted.
func TestReaderGoes(t *testing.T) {
	t.Parallel()
	n := size(t, 2000)
	q := newQueue(t, n, ".pck")
	cmd := harness.Command(t, "qdequeue", "-a", q)
	head := exec.Command("head", "-n", "1")
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	head.Stdin = pipe
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	first, err := head.Output()
	if err != nil {
		t.Fatal(err)
	}
	pipe.Close()
	if err := cmd.Wait(); err == nil {
		t.Error("qdequeue did not fail although its reader was gone")
	}
	inFlight, _ := filepath.Glob(q + "/*.bak")
	if len(inFlight) == 0 || len(inFlight) == n || !strings.HasSuffix(strings.TrimSpace(string(first)), filepath.Base(inFlight[0])) {
		t.Errorf("%d of %d are in flight, the first read is %s", len(inFlight), n, first)
	}
	counts := left(t, q)
	if len(counts) != n {
		t.Errorf("%d of %d are left", len(counts), n)
	}
	for b, count := range counts {
		if count != 0 {
			t.Errorf("%s was counted", b)
		}
	}
}
