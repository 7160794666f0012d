package queue

import (
	"errors"
	"strings"
	"syscall"
	"testing"

	"switchboard/pkg/queue/internal/disk/fakedisk"
)

func TestEnqueueTold(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{})
	closed := errors.New("nobody listens")
	told := 0
	b := d.NewBatch(func(string) error {
		told++
		if told == 2 {
			return closed
		}
		return nil
	})
	for range 4 {
		must(t, text("x")(b))
	}
	if err := b.Flush(); !errors.Is(err, closed) || told != 2 {
		t.Errorf("%d told, %v", told, err)
	}
	if n := len(strings.Fields(names(t, d.Path()))); n != 4 {
		t.Errorf("%d of 4 are there: they had been made durable", n)
	}
}

// TestEnqueueSyncs counts the syncs of a batch: a few in all instead of a few per
// message, and none with NoSync.
func TestEnqueueSyncs(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		messages, syncs int
		noSync          bool
	}{{1, 2, false}, {10, 11, false}, {100, 2, false}, {groupEntries + 100, 4, false}, {100, 0, true}} {
		w := newWorld()
		d, err := w.open("/q/in", Options{NoSync: test.noSync})
		must(t, err)
		syncs := 0
		w.disk.Hook = func(c fakedisk.Call) fakedisk.Verdict {
			if strings.HasPrefix(c.Op, "sync") {
				syncs++
			}
			return fakedisk.Verdict{}
		}
		messages := make([]source, test.messages)
		for i := range messages {
			messages[i] = text(mailText(i))
		}
		store(t, d, messages...)
		if syncs != test.syncs {
			t.Errorf("%d messages: %d syncs, not %d", test.messages, syncs, test.syncs)
		}
	}
}

// TestEnqueueFlushFails checks that an error of an earlier group can be told from an
// error of the message that is being added.
func TestEnqueueFlushFails(t *testing.T) {
	t.Parallel()
	w := newWorld()
	d, err := w.open("/q/in", Options{})
	must(t, err)
	told := 0
	b := d.newBatch(func(string) error { told++; return nil })
	b.limit = syncTogether
	for range 2 * b.limit {
		must(t, text("x")(b))
	}
	w.disk.Hook = func(c fakedisk.Call) fakedisk.Verdict {
		if c.Op == "syncdir" {
			return fakedisk.Verdict{Err: syscall.EIO}
		}
		return fakedisk.Verdict{}
	}
	if err := text("y")(b); !errors.Is(err, ErrFlush) || !errors.Is(err, syscall.EIO) {
		t.Errorf("a group that cannot be synced: %v", err)
	}
	w.disk.Hook = nil
	must(t, text("z")(b))
	err = b.Flush()
	// The names of the first group could not be made durable. They are there, but nobody
	// was told of them, and nothing is stored after them.
	if names := len(w.disk.Lookup("/q/in").Names); told != 0 || names != b.limit || !errors.Is(err, syscall.EIO) {
		t.Errorf("%d were told, %d are there: %v", told, names, err)
	}
	must(t, text("z")(b))
	if err := b.Flush(); err != nil || told != 1 {
		t.Errorf("and then %d were told: %v", told, err)
	}
}
