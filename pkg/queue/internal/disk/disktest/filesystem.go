// Package disktest finds the directories that tests of real filesystems need.
package disktest

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// OtherFilesystem makes a directory on another filesystem than the test's own, and
// returns "" if there is none. The directory is removed when the test ends.
func OtherFilesystem(t testing.TB) string {
	t.Helper()
	for _, path := range []string{"/dev/shm", "/run/shm", "/tmp", "/var/tmp", "."} {
		if f, err := os.MkdirTemp(path, "switchboard-test-"); err == nil {
			if device(t, f) != device(t, t.TempDir()) {
				t.Cleanup(func() { os.RemoveAll(f) })
				return f
			}
			os.RemoveAll(f)
		}
	}
	return ""
}

func device(t testing.TB, path string) uint64 {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		t.Fatal(err)
	}
	return uint64(st.Dev)
}
