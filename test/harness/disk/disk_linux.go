package disk

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"switchboard/test/harness"
)

// Disk is a filesystem on an image.
type Disk struct {
	// Kind is ext4, xfs, btrfs or tmpfs.
	Kind string
	// Image is a file, which a tmpfs does not have.
	Image string
	// Mount is the directory where it is mounted.
	Mount string

	size int64
}

// mkfs makes each kind of filesystem, with its default options: all have barriers, and a journal
// or something equivalent.
var mkfs = map[string][]string{
	"ext4":  {"mkfs.ext4", "-q", "-F", "-O", "has_journal", "-E", "lazy_itable_init=0,lazy_journal_init=0"},
	"xfs":   {"mkfs.xfs", "-q", "-f"},
	"btrfs": {"mkfs.btrfs", "-q", "-f"},
}

// New makes a filesystem of size bytes and mounts it on the directory mount, until the test ends.
// Its image is beside that directory. The test is skipped if this machine cannot do it.
func New(tb testing.TB, kind, mount string, size int64) *Disk {
	tb.Helper()
	if os.Geteuid() != 0 {
		harness.Needs(tb, "mounting images", errors.New("not root"))
	}
	d := &Disk{Kind: kind, Mount: mount, size: size}
	if kind != "tmpfs" {
		d.Image = mount + ".img"
		f, err := os.Create(d.Image)
		if err == nil {
			err = errors.Join(f.Truncate(size), f.Close())
		}
		if err != nil {
			tb.Fatal(err)
		}
		harness.Needs(tb, "making filesystems", Command(mkfs[kind][0], append(mkfs[kind][1:], d.Image)...))
	}
	tb.Cleanup(d.Unmount)
	harness.Needs(tb, "mounting "+kind, d.Remount())
	return d
}

// Remount mounts the filesystem after Unmount.
func (d *Disk) Remount() error {
	if d.Kind == "tmpfs" {
		return Command("mount", "-t", "tmpfs", "-o", fmt.Sprintf("mode=755,size=%d", d.size), "tmpfs", d.Mount)
	}
	return Command("mount", "-t", d.Kind, "-o", "loop", d.Image, d.Mount)
}

// Unmount unmounts it, if it is mounted.
func (d *Disk) Unmount() {
	// A program that scans disks may have it open for a moment.
	for range 100 {
		if err := unix.Unmount(d.Mount, 0); err != unix.EBUSY {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	unix.Unmount(d.Mount, unix.MNT_DETACH)
}

// Sync writes what the filesystem has in memory.
func (d *Disk) Sync(tb testing.TB) {
	tb.Helper()
	if err := Command("sync", "-f", d.Mount); err != nil {
		tb.Fatal(err)
	}
}

// Cut cuts the power of an ext4: what no fsync has put on it is lost. After that it can only be
// unmounted.
func (d *Disk) Cut(tb testing.TB) {
	tb.Helper()
	const (
		ext4IOCShutdown = 0x8004587d
		noLogFlush      = 2
	)
	dir, err := os.Open(d.Mount)
	if err != nil {
		tb.Fatal(err)
	}
	defer dir.Close()
	if err := unix.IoctlSetPointerInt(int(dir.Fd()), ext4IOCShutdown, noLogFlush); err != nil {
		tb.Fatalf("EXT4_IOC_SHUTDOWN: %v", err)
	}
}

// Fill fills it to the last block, until free is called.
func (d *Disk) Fill(tb testing.TB) (free func()) {
	tb.Helper()
	name := filepath.Join(d.Mount, "ballast")
	f, err := os.Create(name)
	if errors.Is(err, unix.ENOSPC) {
		return func() {}
	}
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	for at, size := int64(0), d.size; size >= 512; {
		switch err := unix.Fallocate(int(f.Fd()), 0, at, size); err {
		case nil:
			at += size
		case unix.ENOSPC:
			size /= 2
		case unix.EINTR:
		default:
			tb.Fatal(err)
		}
	}
	return func() { os.Remove(name) }
}

// Command runs a program, and returns what it said if it failed.
func Command(name string, args ...string) error {
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}
