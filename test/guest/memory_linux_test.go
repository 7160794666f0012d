package guest

import (
	"path/filepath"
	"testing"

	"switchboard/test/harness"
	"switchboard/test/harness/guest"
)

// TestLittleMemory has a machine handle a message that is larger than its memory, and more entries
// than a command handles at once. Nothing fails for want of memory.
func TestLittleMemory(t *testing.T) {
	t.Parallel()
	harness.Long(t)
	g := bootSmall(t)
	sh := func(script string) string {
		t.Helper()
		return must(t, g, "sh", "-euc", "cd /disk; PATH=/disk:$PATH; "+script)
	}
	sh(`mkdir in other
		{ printf 'Subject: large\n\n'; yes 'a line of the message' | head -c 70000000; echo; } >large
		sum=$(md5sum <large)
		path=$(qenqueue in <large)
		test "$(qcat "$path" | md5sum)" = "$sum"
		path=$(qmove --to other "$path")
		qdequeue other
		qrestore other
		qstat -l other
		qrun other sh -c 'md5sum >sum'
		test "$(cat sum)" = "$sum"
		rm large sum`)
	sh(`lines() { test "$(sort -u | wc -l)" = "$1"; }
		printf 'Subject: small\n\nbody\n' >small
		yes small | head -n 1500 | xargs qenqueue in | lines 1500
		qmove -a --to other in | lines 1500
		qdequeue -a other | lines 1500
		qrestore other >restored
		lines 1500 <restored
		qstat -l other | wc -l
		head -n 1300 restored | qdiscard -
		qrun -j 4 --max-failures 0 other sh -c 'read -r line; exit $(($$ % 2))' 2>/dev/null || test $? = 65
		qrestore --origin --to in shunt
		qrun in true`)
	if left := sh(`find in other shunt -type f ! -name 'switchboard*'; dmesg | grep -i 'out of memory' || :`); left != "" {
		t.Error(left)
	}
}

// bootSmall starts a guest that has the commands on a disk, because what is in the root is in memory.
// Of its 96 MiB, Linux has 60 when it has started: with fewer it would not start.
func bootSmall(t *testing.T) *guest.Guest {
	t.Helper()
	image := filepath.Join(t.TempDir(), "disk")
	makeDisk(t, image, 1<<30, "-d", harness.Bin(t))
	g := guest.Start(t, guest.Options{
		Memory: 96, Disks: []guest.Disk{{Image: image}}, Modules: []string{"ext4"},
		Trees: []string{guest.Tree(t, "busybox")},
	})
	// It reports the names that are there already.
	g.Run(nil, "busybox", "--install", "-s", "/bin")
	must(t, g, "mkdir", "/disk")
	must(t, g, "mount", "-t", "ext4", "/dev/vda", "/disk")
	return g
}
