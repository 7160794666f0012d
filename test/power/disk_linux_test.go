package power

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"switchboard/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// disk is a filesystem in an image on a loop device.
type disk struct {
	kind, image, mount string
}

// mkfs makes each kind of filesystem. All of them have barriers and a journal,
// or what stands for one, as they come.
var mkfs = map[string][]string{
	"ext4":  {"mkfs.ext4", "-q", "-O", "has_journal"},
	"xfs":   {"mkfs.xfs", "-q", "-f"},
	"btrfs": {"mkfs.btrfs", "-q", "-f"},
}

// store is the filesystem that images are kept on: one that can copy a file at
// one moment in time (FICLONE), however it is being written to.
func store(t *testing.T) string {
	t.Helper()
	if os.Getuid() != 0 {
		harness.Needs(t, "mounting images", errors.New("not root"))
	}
	for _, tool := range []string{"mkfs.xfs", "mkfs.btrfs", "mkfs.ext4", "mount"} {
		if _, err := exec.LookPath(tool); err != nil {
			harness.Needs(t, "making filesystems", err)
		}
	}
	d := &disk{kind: "xfs", image: filepath.Join(t.TempDir(), "store.img"), mount: filepath.Join(t.TempDir(), "store")}
	if err := d.make(6 << 30); err != nil {
		harness.Needs(t, "loop devices with xfs", err)
	}
	t.Cleanup(d.unmount)
	return d.mount
}

func (d *disk) make(size int64) error {
	f, err := os.Create(d.image)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Truncate(size), f.Close()); err != nil {
		return err
	}
	if err := command(mkfs[d.kind][0], append(mkfs[d.kind][1:], d.image)...); err != nil {
		return err
	}
	return d.mountIt()
}

func (d *disk) mountIt() error {
	if err := os.MkdirAll(d.mount, 0o755); err != nil {
		return err
	}
	options := "loop"
	if d.kind == "xfs" {
		options += ",nouuid" // a copy has its original's name
	}
	return command("mount", "-t", d.kind, "-o", options, d.image, d.mount)
}

func (d *disk) unmount() {
	// Whoever scans disks may have it open for a moment.
	for range 50 {
		if command("umount", d.mount) == nil {
			return
		}
	}
	command("umount", "-l", d.mount)
}

// cut copies the disk as it is at one moment.
func (d *disk) cut(image string) error {
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

func command(name string, args ...string) error {
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, strings.TrimSpace(string(out)))
	}
	return nil
}
