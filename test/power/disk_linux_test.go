package power

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"switchboard/test/harness"
)

// disk is a filesystem on a disk with a write cache, both made of loop devices:
//
//	filesystem -> cache (loop) -> platter (loop) -> image
//
// The cache is a loop device on a block device. What is written to it stays in memory. It
// gets to the platter when the filesystem asks the disk to flush, or earlier if the kernel,
// or a test, has it written back. So the image has what was flushed, and any part of the
// rest, like a disk after a power cut.
type disk struct {
	kind, image, mount string
	platter, cache     string
}

// mkfs makes each kind of filesystem, with its default options: all have barriers, and a
// journal or something equivalent.
var mkfs = map[string][]string{
	"ext4":  {"mkfs.ext4", "-q", "-O", "has_journal", "-E", "lazy_itable_init=0,lazy_journal_init=0"},
	"xfs":   {"mkfs.xfs", "-q", "-f"},
	"btrfs": {"mkfs.btrfs", "-q", "-f"},
}

const diskSize, storeSize = 512 << 20, 16 << 30

// store makes the filesystem for the images. It can copy a file as it is at one moment
// (FICLONE), even while it is being written.
func store(t *testing.T) string {
	t.Helper()
	if os.Getuid() != 0 {
		harness.Needs(t, "mounting images", errors.New("not root"))
	}
	for _, tool := range []string{"mkfs.xfs", "mkfs.btrfs", "mkfs.ext4", "mount", "losetup"} {
		if _, err := exec.LookPath(tool); err != nil {
			harness.Needs(t, "making filesystems", err)
		}
	}
	// In memory, because that is fast. The test is about what the upper disks are told,
	// not about the disk below them.
	dir, err := os.MkdirTemp("/dev/shm", "switchboard-power-")
	if err != nil {
		dir = t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	image, mount := filepath.Join(dir, "store.img"), filepath.Join(t.TempDir(), "store")
	if err := makeFilesystem("xfs", image, storeSize); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(mount, 0o755); err != nil {
		t.Fatal(err)
	}
	mountOrSkip(t, "xfs", "-o", "loop", image, mount)
	t.Cleanup(func() { unmount(mount) })
	return mount
}

// mountOrSkip mounts a filesystem. If the kernel lacks its kind, the test is skipped, even
// under CI; this is the only such reason.
func mountOrSkip(t *testing.T, kind string, args ...string) {
	t.Helper()
	err := command("mount", append([]string{"-t", kind}, args...)...)
	if err == nil {
		return
	}
	if known, _ := os.ReadFile("/proc/filesystems"); !strings.Contains(string(known), "\t"+kind+"\n") {
		t.Skipf("SKIP: this kernel has no %s", kind)
	}
	harness.Needs(t, "mounting "+kind, err)
}

func makeFilesystem(kind, image string, size int64) error {
	f, err := os.Create(image)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Truncate(size), f.Close()); err != nil {
		return err
	}
	return command(mkfs[kind][0], append(mkfs[kind][1:], image)...)
}

// newDisk makes a disk. Nothing is mounted on it yet.
func newDisk(t *testing.T, kind, image string) *disk {
	t.Helper()
	d := &disk{kind: kind, image: image, mount: filepath.Join(t.TempDir(), "disk")}
	if err := os.Mkdir(d.mount, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := makeFilesystem(kind, image, diskSize); err != nil {
		t.Fatal(err)
	}
	d.platter = loop(t, image)
	d.cache = loop(t, d.platter)
	t.Cleanup(d.stop)
	return d
}

// loop puts a loop device on a file or a device.
func loop(t *testing.T, under string) string {
	t.Helper()
	out, err := exec.Command("losetup", "--find", "--show", under).Output()
	if err != nil {
		harness.Needs(t, "loop devices", err)
	}
	device := strings.TrimSpace(string(out))
	t.Cleanup(func() { command("losetup", "--detach", device) })
	return device
}

func (d *disk) start(t *testing.T) {
	t.Helper()
	mountOrSkip(t, d.kind, d.cache, d.mount)
}

func (d *disk) stop() {
	unmount(d.mount)
	if d.kind == "btrfs" {
		// btrfs remembers devices by a name that their copies have, too.
		command("btrfs", "device", "scan", "--forget")
	}
}

func unmount(path string) {
	// A program that scans disks may have it open for a moment.
	for range 100 {
		if err := unix.Unmount(path, 0); err != unix.EBUSY {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	unix.Unmount(path, unix.MNT_DETACH)
}

// loss is the part of the unflushed writes that a power cut takes.
type loss int

const (
	all  loss = iota // everything that was not flushed
	some             // any part of it
	none             // nothing: the disk has no cache, or a battery
)

// cut copies the disk to image, as a power cut would leave it now.
func (d *disk) cut(image string, l loss, random *rand.Rand) error {
	if l != all {
		if err := d.writeBack(l, random); err != nil {
			return err
		}
	}
	from, err := os.Open(d.image)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.Create(image)
	if err != nil {
		return err
	}
	defer to.Close()
	return unix.IoctlFileClone(int(to.Fd()), int(from.Fd()))
}

// writeBack makes the cache write to the platter, as a disk may do at any time and in any
// order.
func (d *disk) writeBack(l loss, random *rand.Rand) error {
	const flags = unix.SYNC_FILE_RANGE_WAIT_BEFORE | unix.SYNC_FILE_RANGE_WRITE | unix.SYNC_FILE_RANGE_WAIT_AFTER
	f, err := os.Open(d.platter)
	if err != nil {
		return err
	}
	defer f.Close()
	if l == none {
		return unix.SyncFileRange(int(f.Fd()), 0, 0, flags)
	}
	// Half of the disk, in pieces; some are a single block.
	for at := int64(0); at < diskSize; {
		size := int64(4096) << random.IntN(10)
		if random.IntN(2) == 0 {
			if err := unix.SyncFileRange(int(f.Fd()), at, size, flags); err != nil {
				return err
			}
		}
		at += size
	}
	return nil
}

// mountCut mounts a copy, which replays its journal.
func mountCut(kind, image, on string) error {
	options := "loop"
	if kind == "xfs" {
		options += ",nouuid" // the copy has the same name as its original
	}
	return command("mount", "-t", kind, "-o", options, image, on)
}

func command(name string, args ...string) error {
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}
