package fakedisk

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"switchboard/pkg/queue/internal/disk"
)

// TestModelLoses checks that the fake disk loses what was not synced in a power cut, and
// keeps what was.
func TestModelLoses(t *testing.T) {
	t.Parallel()
	fake := New()
	fake.Mkdir("/in", 0, 0)
	d, err := (&Process{Disk: fake, ID: 1}).OpenDir("/in")
	must(t, err)
	synced, err := d.Create("synced")
	must(t, err)
	unsynced, err := d.Create("unsynced")
	must(t, err)
	for _, f := range []disk.File{synced, unsynced} {
		_, err := f.WriteAt([]byte("text"), 0)
		must(t, err)
	}
	must(t, synced.Sync())
	seen := func() map[string]bool {
		all := make(map[string]bool)
		fake.Cuts(1000, nil, func(left *Disk) {
			var text strings.Builder
			for _, line := range left.Tree() {
				if strings.Contains(line, "synced") {
					text.WriteString(line[strings.LastIndexByte(line, '/'):] + ";")
				}
			}
			all[text.String()] = true
		})
		return all
	}
	// Each name may be there or not. The content of the unsynced file may be missing,
	// half there, all there, or of the right size without its bytes.
	if got := seen(); len(got) != 2*(1+3) {
		t.Errorf("before the directory's sync: %d disks, %v", len(got), got)
	}
	must(t, d.Sync())
	if got := seen(); len(got) != 3 {
		t.Errorf("after the directory's sync: %d disks, %v", len(got), got)
	}
	must(t, unsynced.Sync())
	if got := seen(); len(got) != 1 {
		t.Errorf("after all syncs: %d disks, %v", len(got), got)
	}
	if err := d.Rename("synced", d, "unsynced"); err != unix.EEXIST {
		t.Errorf("rename onto a name that is taken: %v", err)
	}
}
