package queue

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestWatch: what happened since the watch began is not missed, and a deadline
// ends a wait. No time in it decides but those that end a test that hangs.
func TestWatch(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{})
	w := d.Watch()
	defer w.Close()
	if err := w.Wait(time.Now().Add(-time.Second)); !errors.Is(err, ErrTimeout) {
		t.Errorf("after the deadline: %v", err)
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
		must(t, w.Wait(time.Time{}))
		if time.Since(begun) > rescan-time.Second {
			t.Errorf("change %d was missed", n)
		}
	}
}

// TestWatchMoved: a queue that has been moved away is not waited in, nor is the
// one that took its name.
func TestWatchMoved(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{})
	w := d.Watch()
	defer w.Close()
	must(t, os.Rename(d.Path(), d.Path()+".away"))
	for _, want := range []error{unix.ENOENT, unix.ESTALE} {
		if err := w.Wait(time.Time{}); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
		if want == unix.ENOENT {
			must(t, os.Mkdir(d.Path(), 0o700))
			must(t, os.Rename(d.Path()+".away", d.Path()+".further"))
		}
	}
}

// TestTells: only what may make an entry ready is worth a look at the queue.
func TestTells(t *testing.T) {
	t.Parallel()
	event := func(name string, pad int) []byte {
		b := make([]byte, unix.SizeofInotifyEvent, 128)
		if name != "" {
			b = append(append(b, name...), make([]byte, pad)...)
		}
		binary.NativeEndian.PutUint32(b[12:], uint32(len(b)-unix.SizeofInotifyEvent))
		return b
	}
	base := testID(0).String()
	for _, test := range []struct {
		what   string
		events []byte
		want   bool
	}{
		{"none", nil, false},
		{"being written", event(base+".pck.tmp", 3), false},
		{"claimed", event(base+".bak", 1), false},
		{"ready", event(base+".pck", 7), true},
		{"ready behind others", append(append(event(base+".bak", 1), event("x", 15)...), event(base+".pck", 1)...), true},
		{"the queue itself, or lost events", event("", 0), true},
		{"cut off", event(base+".bak", 1)[:20], true},
	} {
		if got := tells(test.events); got != test.want {
			t.Errorf("%s: %v", test.what, got)
		}
	}
}
