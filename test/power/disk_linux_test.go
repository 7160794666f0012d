package power

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"switchboard/test/harness"
	"switchboard/test/harness/disk"
)

// filesystem is a kind of filesystem, and how it is mounted.
type filesystem struct{ name, kind, options string }

var filesystems = []filesystem{
	{"ext4", "ext4", "data=ordered"},
	{"ext4-writeback", "ext4", "data=writeback"},
	{"ext4-journal", "ext4", "data=journal"},
	{"xfs", "xfs", "defaults"},
	{"btrfs", "btrfs", "defaults"},
	{"btrfs-zstd", "btrfs", "compress=zstd"},
}

// mkfs makes each kind, for a disk with sectors of guest.SectorSize.
var mkfs = map[string][]string{
	"ext4":  {"mkfs.ext4", "-q", "-b", "4096", "-E", "lazy_itable_init=0,lazy_journal_init=0"},
	"xfs":   {"mkfs.xfs", "-q", "-s", "size=4096"},
	"btrfs": {"mkfs.btrfs", "-q"},
}

// store makes the filesystem for the images. It copies an image as it is at one moment (FICLONE)
// without copying its blocks.
func store(t *testing.T) string {
	t.Helper()
	// In memory, because that is fast.
	dir, err := os.MkdirTemp("/dev/shm", "switchboard-power-")
	if err != nil {
		dir = t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	on := filepath.Join(dir, "store")
	if err := os.Mkdir(on, 0o755); err != nil {
		t.Fatal(err)
	}
	disk.New(t, "xfs", on, 16<<30)
	return on
}

// makeFilesystem makes a filesystem on an image. The test is skipped if this machine cannot
// mount it.
func makeFilesystem(t *testing.T, kind, image string) {
	t.Helper()
	known, err := os.ReadFile("/proc/filesystems")
	if err == nil && !strings.Contains(string(known), "\t"+kind+"\n") && disk.Command("modprobe", kind) != nil {
		t.Skipf("SKIP: this kernel has no %s", kind)
	}
	harness.Needs(t, "making filesystems", disk.Command(mkfs[kind][0], append(mkfs[kind][1:], image)...))
}

// unmount unmounts the image of a cut.
func unmount(d *disk.Disk) {
	d.Unmount()
	if d.Kind == "btrfs" {
		// btrfs remembers devices by a name that their copies have, too.
		disk.Command("btrfs", "device", "scan", "--forget")
	}
}
