package disk

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestReserve checks that the table of open files grows, and that no descriptor is kept
// open.
func TestReserve(t *testing.T) {
	t.Parallel()
	dir, err := OS{}.OpenDir(t.TempDir())
	must(t, err)
	files := tableSize(t) + 1
	if (OS{}).OpenFiles() < files {
		t.Skip("no more than there is room for may be open")
	}
	dir.Reserve(files)
	must(t, dir.Close()) // may happen before Reserve's work is done
	last := fmt.Sprintf("/proc/self/fd/%d", files-1)
	kept := func() bool { _, err := os.Lstat(last); return err == nil }
	for deadline := time.Now().Add(time.Minute); tableSize(t) < files || kept(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("room for %d files, and not %d; the last is open: %v", tableSize(t), files, kept())
		}
	}
}

// tableSize returns how many open files the kernel has room for.
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
