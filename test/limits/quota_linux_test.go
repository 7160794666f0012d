package limits

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"switchboard/test/harness"
	"switchboard/test/harness/disk"
)

// TestQuota runs each command where a quota leaves from nothing to enough. The filesystem is
// Btrfs, because it has quotas on every kernel. What its quota refuses fails with EDQUOT, as
// elsewhere.
func TestQuota(t *testing.T) {
	t.Parallel()
	harness.Long(t)
	if os.Getuid() != 0 {
		harness.Needs(t, "mounting an image", errors.New("not root"))
	}
	for _, tool := range []string{"mkfs.btrfs", "btrfs", "mount"} {
		_, err := exec.LookPath(tool)
		harness.Needs(t, tool, err)
	}
	on := filepath.Join(newDir(t), "disk")
	must(t, os.Mkdir(on, 0o755))
	if known, _ := os.ReadFile("/proc/filesystems"); !strings.Contains(string(known), "\tbtrfs\n") {
		t.Skip("SKIP: this kernel has no btrfs")
	}
	t.Cleanup(func() { exec.Command("btrfs", "device", "scan", "--forget").Run() })
	disk.New(t, "btrfs", on, 512<<20)
	tool(t, "btrfs", "quota", "enable", on)
	volume := filepath.Join(on, "volume")
	refused := 0
	for _, c := range commands {
		// What is left, in bytes. The queues have about 400 KB.
		for _, left := range []int{0, 4 << 10, 16 << 10, 32 << 10, 64 << 10, 128 << 10, 256 << 10, 16 << 20} {
			tool(t, "btrfs", "subvolume", "create", volume)
			q := newQueues(t, volume, 0)
			tool(t, "btrfs", "filesystem", "sync", on)
			tool(t, "btrfs", "qgroup", "limit", strconv.Itoa(used(t, volume)+left), volume)
			s := &sweep{T: t, dir: on + ".tmp"}
			must(t, os.MkdirAll(s.dir, 0o755))
			r := s.run([]string{"env"}, c, append([]string{filepath.Join(harness.Bin(t), c.name)}, c.arguments(q, harness.Bin(t))...))
			if err := c.check(q, r); err != nil {
				t.Errorf("%v with %d bytes left, which ended with %d: %v\n%s", c, left, r.Status, err, r.Err)
			}
			if strings.Contains(r.Err, "quota exceeded") {
				refused++
			}
			switch {
			case r.Status != 0 && left == 16<<20:
				t.Errorf("%v with enough left: status %d: %s", c, r.Status, r.Err)
			case r.Status != 0 && r.Status != 75:
				t.Errorf("%v with %d bytes left: status %d: %s", c, left, r.Status, r.Err)
			}
			tool(t, "btrfs", "subvolume", "delete", volume)
		}
	}
	t.Logf("the quota refused %d times", refused)
	if refused == 0 {
		t.Error("the quota refused nothing")
	}
}

// tool runs a program that must succeed.
func tool(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v: %s", name, args, err, out)
	}
	return string(out)
}

// used returns how many bytes count for the quota of a volume.
func used(t *testing.T, volume string) int {
	t.Helper()
	var st unix.Stat_t
	must(t, unix.Stat(volume, &st))
	out := tool(t, "btrfs", "subvolume", "show", volume)
	_, rest, _ := strings.Cut(out, "Subvolume ID:")
	id := "0/" + strings.Fields(rest)[0]
	for line := range strings.Lines(tool(t, "btrfs", "qgroup", "show", "--raw", volume)) {
		if fields := strings.Fields(line); len(fields) >= 2 && fields[0] == id {
			n, err := strconv.Atoi(fields[1])
			must(t, err)
			return n
		}
	}
	t.Fatalf("no qgroup %s", id)
	return 0
}
