package disk

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"switchboard/pkg/queue/internal/disk/disktest"
)

// TestSyncFS syncs a filesystem to which nobody else writes much.
func TestSyncFS(t *testing.T) {
	t.Parallel()
	path := disktest.OtherFilesystem(t)
	if path == "" {
		skip(t, "there is no other filesystem")
	}
	dir, err := OS{}.OpenDir(path)
	must(t, err)
	defer dir.Close()
	d := dir.(*osDir)
	for range 2 {
		wait := d.SyncFS()
		if able := syncfsTellsErrors() && isLocal(d.fd); able != (wait != nil) {
			t.Errorf("able to sync: %v", able)
		}
		if wait != nil {
			must(t, wait())
		}
	}
}

// TestSyncFSNotEverywhere checks that each file is synced by itself on filesystems like
// /proc, where syncfs(2) is not known to work.
func TestSyncFSNotEverywhere(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]bool{"/proc": false, "/sys": false, "/dev/shm": true} {
		f, err := os.Open(path)
		if err != nil {
			t.Logf("SKIP: %v", err)
			continue
		}
		defer f.Close()
		var st unix.Statfs_t
		must(t, unix.Fstatfs(int(f.Fd()), &st))
		if got := isLocal(int(f.Fd())); got != want && st.Type != unix.OVERLAYFS_SUPER_MAGIC {
			t.Errorf("%s: %v (type %x)", path, got, st.Type)
		}
	}
	if isLocal(-1) {
		t.Error("no filesystem waits")
	}
}
