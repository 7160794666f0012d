package queue

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestReserve: the table of open files grows, no descriptor is kept, and what is
// more than a process may have is no error.
func TestReserve(t *testing.T) {
	t.Parallel()
	dir, err := osSystem{}.OpenDir(t.TempDir())
	must(t, err)
	defer dir.Close()
	const files = 700 // more than any other test here opens
	dir.Reserve(files)
	dir.Reserve(1 << 30)
	for deadline := time.Now().Add(10 * time.Second); tableSize(t) < files; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("room for %d files", tableSize(t))
		}
	}
}

// tableSize is how many open files the kernel has room for.
func tableSize(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	must(t, err)
	for line := range strings.Lines(string(status)) {
		if size, ok := strings.CutPrefix(line, "FDSize:"); ok {
			n, err := strconv.Atoi(strings.TrimSpace(size))
			must(t, err)
			return n
		}
	}
	t.Skip("no FDSize")
	return 0
}
