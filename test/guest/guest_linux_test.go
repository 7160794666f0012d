package guest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"switchboard/test/harness"
	"switchboard/test/harness/guest"
)

func TestMain(m *testing.M) { harness.Main(m) }

// boot starts a guest that has the commands, busybox, and Debian's programs for NFS.
func boot(t *testing.T) *guest.Guest {
	t.Helper()
	trees := []string{guest.Tree(t, "nfs"), guest.Tree(t, "busybox")}
	files, err := programs(trees, "rpcbind", "rpcinfo", "rpc.statd", "sm-notify", "rpc.mountd", "rpc.nfsd", "nfsdcld", "exportfs", "mount.nfs", "ip", "flock", "busybox")
	harness.Needs(t, "programs for the guest", err)
	commands, err := filepath.Glob(filepath.Join(harness.Bin(t), "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range commands {
		files["/sbin/"+filepath.Base(c)] = c
	}
	etc, err := filepath.Glob("testdata/etc/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range append(etc, "/etc/services", "/etc/protocols", "/etc/rpc") {
		files["/etc/"+filepath.Base(f)] = f
	}
	image := filepath.Join(t.TempDir(), "export")
	makeDisk(t, image, 256<<20)
	g := guest.Start(t, guest.Options{
		Memory: 768, CPUs: 2, Files: files, Disks: []guest.Disk{{Image: image}},
		Modules: []string{"veth", "nfsd", "nfsv3", "nfsv4"},
	})
	// It reports the names that are there already.
	g.Run(nil, "/sbin/busybox", "--install", "-s", "/sbin")
	must(t, g, "mkdir", export)
	must(t, g, "mount", "-t", "ext4", "/dev/vda", export)
	must(t, g, "mount", "-t", "cgroup2", "none", "/sys/fs/cgroup")
	return g
}

// makeDisk makes an image of size bytes with a filesystem. The options are those of mkfs.ext4.
func makeDisk(t *testing.T, image string, size int64, options ...string) {
	t.Helper()
	if err := os.WriteFile(image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(image, size); err != nil {
		t.Fatal(err)
	}
	mkfs, err := exec.LookPath("mkfs.ext4")
	harness.Needs(t, "mkfs.ext4", err)
	if out, err := exec.Command(mkfs, append([]string{"-q", "-b", "4096", image}, options...)...).CombinedOutput(); err != nil {
		t.Fatalf("mkfs.ext4: %v\n%s", err, out)
	}
}

// TestGuest boots a machine and tries there what cannot be tried on this one.
func TestGuest(t *testing.T) {
	harness.Long(t)
	g := boot(t)
	t.Run("NFS", func(t *testing.T) { testNFS(t, g) })
	itself := &node{g: g, name: "the guest"}
	s := &site{g: g, a: itself, b: itself}
	t.Run("clock", func(t *testing.T) { testClock(t, s) })
}
