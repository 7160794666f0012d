package cluster

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

// diskSize has room for a server and its log, and not for much more.
const diskSize = 700 << 20

// disk is an ext4 filesystem on an image, for one machine.
type disk struct {
	image, mount string
}

// newDisk makes and mounts a disk for a machine, which has nothing on it yet.
func newDisk(t *testing.T, m *machine) *disk {
	t.Helper()
	if os.Geteuid() != 0 {
		harness.Needs(t, "mounting images", errors.New("not root"))
	}
	d := &disk{image: m.dir + ".img", mount: m.dir}
	f, err := os.Create(d.image)
	if err == nil {
		err = errors.Join(f.Truncate(diskSize), f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := command("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", d.image); err != nil {
		harness.Needs(t, "making filesystems", err)
	}
	t.Cleanup(func() {
		m.kill()
		d.unmount()
	})
	if err := d.mountIt(); err != nil {
		harness.Needs(t, "mounting images", err)
	}
	give(t, m.dir)
	return d
}

func (d *disk) mountIt() error { return command("mount", "-t", "ext4", "-o", "loop", d.image, d.mount) }

func (d *disk) unmount() {
	// A program that scans disks may have it open for a moment.
	for range 100 {
		if err := unix.Unmount(d.mount, 0); err != unix.EBUSY {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	unix.Unmount(d.mount, unix.MNT_DETACH)
}

// cut cuts the power of the disk: what no fsync has put on it is lost.
func (d *disk) cut(t *testing.T) {
	t.Helper()
	const (
		ext4IOCShutdown = 0x8004587d
		noLogFlush      = 2
	)
	dir, err := os.Open(d.mount)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	if err := unix.IoctlSetPointerInt(int(dir.Fd()), ext4IOCShutdown, noLogFlush); err != nil {
		t.Fatalf("EXT4_IOC_SHUTDOWN: %v", err)
	}
}

// fill fills the disk to the last block.
func (d *disk) fill(t *testing.T) (free func()) {
	t.Helper()
	name := filepath.Join(d.mount, "ballast")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for at, size := int64(0), int64(diskSize); size >= 512; {
		switch err := unix.Fallocate(int(f.Fd()), 0, at, size); err {
		case nil:
			at += size
		case unix.ENOSPC:
			size /= 2
		default:
			t.Fatal(err)
		}
	}
	return func() { os.Remove(name) }
}

func command(name string, args ...string) error {
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}
