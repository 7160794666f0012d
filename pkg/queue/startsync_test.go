package queue

import (
	"errors"
	"slices"
	"strings"
	"syscall"
	"testing"

	"switchboard/pkg/queue/internal/disk/fakedisk"
)

// threeInFlight returns a queue with three entries in flight, and the calls that sync
// it or unlink. They are numbered from 0, and fails says which of them fail.
func threeInFlight(t *testing.T, fails ...int) (d *Dir, ids []ID, calls *[]string) {
	t.Helper()
	w := newWorld()
	for range 3 {
		w.add(inFlight, &mail{})
	}
	calls = new([]string)
	w.disk.Hook = func(c fakedisk.Call) (v fakedisk.Verdict) {
		if c.Op == "syncdir" && c.Object == "/q/in" || c.Op == "unlink" {
			if slices.Contains(fails, len(*calls)) {
				v.Err = syscall.EIO
			}
			*calls = append(*calls, c.Op)
		}
		return v
	}
	d, err := w.open("/q/in", Options{})
	must(t, err)
	for _, m := range w.mails {
		ids = append(ids, m.id)
	}
	return d, ids, calls
}

// TestStartSync checks that a sync in the background concerns only what was done before it,
// and that there is none if nothing is left to sync.
func TestStartSync(t *testing.T) {
	t.Parallel()
	d, ids, calls := threeInFlight(t)
	must(t, d.Finish(ids[0]))
	wait := d.StartSync()
	must(t, d.Finish(ids[1]))
	must(t, wait())
	must(t, wait())
	must(t, d.StartSync()())
	must(t, d.StartSync()())
	must(t, d.Sync())
	must(t, d.Close())
	if got, want := strings.Join(*calls, " "), "unlink syncdir unlink syncdir"; got != want {
		t.Errorf("calls %q, want %q", got, want)
	}
}

// TestStartSyncFails checks that a failure in the background is also one of the next sync,
// whichever that is, and only of that one.
func TestStartSyncFails(t *testing.T) {
	t.Parallel()
	for name, sync := range map[string]func(d *Dir, id ID) error{
		"Sync":      func(d *Dir, _ ID) error { return d.Sync() },
		"StartSync": func(d *Dir, _ ID) error { return d.StartSync()() },
		"Preserve":  func(d *Dir, id ID) error { _, err := d.Preserve(id); return err },
	} {
		d, ids, calls := threeInFlight(t, 1)
		must(t, d.Finish(ids[0]))
		wait := d.StartSync()
		must(t, d.Finish(ids[1]))
		if err := sync(d, ids[2]); !errors.Is(err, syscall.EIO) {
			t.Errorf("%s after the failure: %v", name, err)
		}
		if err := wait(); !errors.Is(err, syscall.EIO) || len(*calls) != 3 {
			t.Errorf("%s: %v, calls %q", name, err, *calls)
		}
		must(t, d.Sync())
		must(t, d.Close())
		if got := strings.Count(strings.Join(*calls, " "), "syncdir"); got < 2 {
			t.Errorf("%s: nothing was synced after the failure: %q", name, *calls)
		}
	}
}
