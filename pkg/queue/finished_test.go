package queue

import (
	"strings"
	"syscall"
	"testing"

	"switchboard/pkg/queue/internal/disk/fakedisk"
)

// TestFinishedFiles checks when the file of a finished entry is closed: not while the claims of
// other entries wait for that, but with the next sync, or as soon as too many files are open.
func TestFinishedFiles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		do   func(d *Dir) error
		want string
	}{
		{"StartSync", func(d *Dir) error { return d.StartSync()() }, "unlink syncdir close"},
		{"Sync", (*Dir).Sync, "unlink close syncdir"},
		{"Close", (*Dir).Close, "unlink close"},
		{"Dequeue", func(d *Dir) error {
			c, err := d.Dequeue(testID(1))
			if err == nil {
				err = c.Requeue()
			}
			return err
		}, "unlink"},
		{"Dequeue with too many files", func(d *Dir) error {
			_, err := d.Dequeue(testID(2))
			return err
		}, "unlink close"},
		{"Dequeue with too many files during a sync", func(d *Dir) error {
			d.StartSync()
			_, err := d.Dequeue(testID(2))
			return err
		}, "unlink syncdir close"},
	} {
		w := deepWorld(3)
		var calls []string
		w.disk.Hook = func(call fakedisk.Call) (v fakedisk.Verdict) {
			switch {
			case call.Op == "open" && call.Object == ready.path(testID(2)) && !strings.Contains(strings.Join(calls, " "), "close"):
				v.Err = syscall.EMFILE
			case call.Op == "unlink", call.Op == "syncdir", call.Op == "close" && call.Object == inFlight.path(testID(0)):
				calls = append(calls, call.Op)
			}
			return v
		}
		d, err := w.open("/q/in", Options{})
		must(t, err)
		claim, err := d.Dequeue(testID(0))
		must(t, err)
		must(t, claim.Finish())
		if err := c.do(d); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if got := strings.Join(calls, " "); got != c.want {
			t.Errorf("%s: calls %q, want %q", c.name, got, c.want)
		}
	}
}
