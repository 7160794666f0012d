package power

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"switchboard/test/harness"
	"switchboard/test/harness/guest"
	"switchboard/test/harness/kernel"
)

// bench is what all runs share: the directory for images, and the seed of everything random.
type bench struct {
	images string
	seed   uint64
}

func newBench(t *testing.T) *bench {
	t.Helper()
	if os.Getenv("POWER_CUTS") == "" {
		harness.Long(t)
	}
	harness.Bin(t)
	guest.Tree(t, "kernel")
	seed := number(t, "POWER_SEED", time.Now().Nanosecond())
	t.Logf("POWER_SEED=%d", seed)
	return &bench{images: store(t), seed: uint64(seed)}
}

// run is what has happened in a guest: the log of its disk, and what each worker has told.
type run struct {
	*bench
	filesystem
	base   string
	log    *diskLog
	events [workers][]event
	// cuts is how often the power was cut.
	cuts int
}

// run has the workers work on a new filesystem, on a kernel that is like k.
func (b *bench) run(t *testing.T, fs filesystem, o orders, k kernel.Kernel) *run {
	t.Helper()
	start := time.Now()
	dir := filepath.Join(b.images, strings.ReplaceAll(t.Name(), "/", "-"))
	r := &run{bench: b, filesystem: fs, base: filepath.Join(dir, "base")}
	if err := errors.Join(os.Mkdir(dir, 0o755), os.WriteFile(r.base, nil, 0o600), os.Truncate(r.base, filesystemSize)); err != nil {
		t.Fatal(err)
	}
	makeFilesystem(t, fs.kind, r.base)
	image, log := filepath.Join(dir, "disk"), filepath.Join(dir, "log")
	err := errors.Join(os.Truncate(r.base, diskSize), clone(image, r.base), os.WriteFile(log, nil, 0o600))
	if err != nil {
		t.Fatal(err)
	}
	g := guest.Start(t, b.guest(t, fs, guest.Disk{Image: image, Log: log}))
	var script strings.Builder
	fmt.Fprintf(&script, "busybox mkdir -p %[1]s && busybox mount -t %[2]s -o %[3]s /dev/vda %[1]s && busybox mkdir -p", mountPoint, fs.kind, fs.options)
	for n := range workers {
		fmt.Fprintf(&script, " %s/%d/in", mountPoint, n)
	}
	// No command has promised that the queues' own names last. The rest is what a cut relies
	// on: see diskLog.
	script.WriteString(" && busybox sync && busybox grep -qx 'write back' /sys/block/vda/queue/write_cache" +
		" && busybox grep -qx 1 /sys/module/virtio_blk/parameters/queue_depth")
	must(t, g.Run(nil, "busybox", "sh", "-c", script.String()))
	var running [workers]*guest.Process
	for n := range workers {
		w := o
		w.Worker = n
		if n > 0 {
			w.Files, w.Flood = 80, false
		}
		running[n] = g.Start(guest.Command{Argv: []string{"/bin/power", "worker", w.String()}, Env: k.Environ()})
	}
	for n, p := range running {
		out := must(t, p.Wait())
		if r.events[n], err = readEvents(strings.NewReader(out)); err != nil {
			t.Fatal(err)
		}
	}
	// The log's superblock counts what was there at the last flush.
	must(t, g.Run(nil, "busybox", "sh", "-c", "busybox touch "+mountPoint+"/end && busybox sync"))
	g.Kill()
	if r.log, err = openLog(log); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.log.file.Close() })
	t.Logf("%s: %d events, %d writes and flushes, in %v", fs.name, len(r.events[0])+len(r.events[1]), len(r.log.writes), time.Since(start).Round(time.Second))
	return r
}

// guest returns what the guest needs.
func (b *bench) guest(t *testing.T, fs filesystem, d guest.Disk) guest.Options {
	t.Helper()
	o := guest.Options{
		Memory: 768, Modules: []string{fs.kind}, Disks: []guest.Disk{d},
		Files: map[string]string{"bin/power": guest.Self(t)}, Trees: []string{guest.Tree(t, "busybox")},
	}
	for _, name := range []string{"qenqueue", "qdequeue", "qfinish", "qrestore", "qmove", "qdiscard", "qrun"} {
		o.Files["bin/"+name] = filepath.Join(harness.Bin(t), name)
	}
	return o
}

// must fails the test unless a program has succeeded. It returns what it printed.
func must(t *testing.T, r harness.Result) string {
	t.Helper()
	if r.Status != 0 {
		t.Fatalf("status %d: %s", r.Status, r.Err)
	}
	return r.Out
}

// clone makes a copy of an image.
func clone(to, from string) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	c, err := os.Create(to)
	if err != nil {
		return err
	}
	return errors.Join(unix.IoctlFileClone(int(c.Fd()), int(f.Fd())), c.Close())
}
