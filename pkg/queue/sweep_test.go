package queue

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"switchboard/pkg/queue/internal/disk"
	"switchboard/pkg/queue/internal/disk/fakedisk"
)

// TestSweepOfOthers checks that another user's new temporary file is not even opened, and
// that an old one that cannot be opened is an error.
func TestSweepOfOthers(t *testing.T) {
	t.Parallel()
	for _, age := range []time.Duration{0, 2 * time.Hour} {
		w := newWorld()
		w.disk.Put("/q/in/"+testID(0).Name(Temporary), nil, 0, 0)
		w.disk.Sleep(age)
		opened := 0
		w.disk.Hook = func(c fakedisk.Call) fakedisk.Verdict {
			if c.Op == "open" {
				opened++
				return fakedisk.Verdict{Err: disk.ErrAccess}
			}
			return fakedisk.Verdict{}
		}
		d, err := w.open("/q/in", Options{})
		must(t, err)
		swept, err := d.SweepTemporary(time.Hour, false)
		if old := age > time.Hour; len(swept) > 0 || errors.Is(err, disk.ErrAccess) != old || opened > 0 != old {
			t.Errorf("after %v: swept %v, %v, opened %d", age, swept, err, opened)
		}
	}
}

func TestSweep(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{}, Temporary, Temporary, Temporary, Ready, InFlight)
	old := time.Now().Add(-2 * time.Hour)
	for _, n := range []int{0, 1} {
		must(t, os.Chtimes(d.EntryPath(testID(n), Temporary), old, old))
	}
	must(t, os.Chtimes(d.EntryPath(testID(3), Ready), old, old))
	must(t, os.WriteFile(filepath.Join(d.Path(), "foo.pck.tmp"), nil, 0o600))
	must(t, os.Chtimes(filepath.Join(d.Path(), "foo.pck.tmp"), old, old))
	writer, err := os.OpenFile(d.EntryPath(testID(1), Temporary), os.O_WRONLY, 0)
	must(t, err)
	must(t, syscall.Flock(int(writer.Fd()), syscall.LOCK_EX)) // other systems than Linux notice the writer by its lock
	for _, dryRun := range []bool{true, false} {
		swept, err := d.SweepTemporary(time.Hour, dryRun)
		must(t, err)
		if len(swept) != 1 || swept[0] != d.EntryPath(testID(0), Temporary) {
			t.Errorf("swept %v", swept)
		}
	}
	expectNames(t, d.Path(), "b.pck.tmp c.pck.tmp d.pck e.bak foo.pck.tmp")
	must(t, writer.Close())
	swept, err := d.SweepTemporary(time.Hour, false)
	must(t, err)
	if len(swept) != 1 {
		t.Errorf("after the writer's end: swept %v", swept)
	}
}
