package queue

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"switchboard/pkg/queue/internal/disk"
)

// TestWatch checks that changes since the watch began are not missed, and that a deadline
// ends a wait. No time in the test decides its result, except those that end a test that
// hangs.
func TestWatch(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{})
	w := d.Watch()
	defer w.Close()
	over, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	if err := w.Wait(over); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("after the deadline: %v", err)
	}
	for _, ends := range []func() context.Context{
		func() context.Context {
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			t.Cleanup(cancel)
			return ctx
		},
		func() context.Context {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Millisecond, cancel)
			return ctx
		},
	} {
		ctx, begun := ends(), time.Now()
		if err := w.Wait(ctx); err == nil || err != ctx.Err() {
			t.Errorf("when the context ended: %v", err)
		}
		if time.Since(begun) > rescan-time.Second {
			t.Error("the end of a context was missed")
		}
	}
	for n, come := range []func(path string) error{
		func(path string) error { return os.WriteFile(path, nil, 0o600) },
		func(path string) error {
			aside := filepath.Join(filepath.Dir(d.Path()), "aside")
			if err := os.WriteFile(aside, nil, 0o600); err != nil {
				return err
			}
			return os.Rename(aside, path)
		},
	} {
		must(t, come(d.EntryPath(testID(n), Ready)))
		begun := time.Now()
		must(t, w.Wait(t.Context()))
		if time.Since(begun) > rescan-time.Second {
			t.Errorf("change %d was missed", n)
		}
	}
}

// TestWatchMoved checks that Wait does not wait in a queue that has been moved away, nor
// in another one that took its name.
func TestWatchMoved(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{})
	w := d.Watch()
	defer w.Close()
	must(t, os.Rename(d.Path(), d.Path()+".away"))
	for _, want := range []error{disk.ErrNotExist, disk.ErrStale} {
		if err := w.Wait(t.Context()); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
		if want == disk.ErrNotExist {
			must(t, os.Mkdir(d.Path(), 0o700))
			must(t, os.Rename(d.Path()+".away", d.Path()+".further"))
		}
	}
}
