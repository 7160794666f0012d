package queue

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

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
	must(t, unix.Flock(int(writer.Fd()), unix.LOCK_EX)) // what tells it elsewhere than on Linux
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
