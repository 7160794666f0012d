package queue

import (
	"crypto/sha1"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/disk/fakedisk"
)

// TestEnqueueName checks the digest in a name. Mailman 3's covers the message pickle, the
// list and the time that is in the name. Mailman 2.1's covers the time of the enqueue
// instead, which is the same unless the place in the queue is kept.
func TestEnqueueName(t *testing.T) {
	t.Parallel()
	for _, format := range []message.Dialect{message.Mailman2, message.Mailman3} {
		key := "listname"
		if format == message.Mailman3 {
			key = "listid"
		}
		for _, list := range []string{"", "test"} {
			for _, size := range []int{10, whole + 10} {
				d := realQueue(t, Options{Format: format})
				body, digested := text(strings.Repeat("m", size)), "--nolist--"
				if list != "" {
					body, digested = text(strings.Repeat("m", size), message.Item{Key: key, Value: list}), list
				}
				path := store(t, d, body)[0]
				e := entryAt(t, d, path)
				content, err := os.ReadFile(path)
				must(t, err)
				when, digest, _ := strings.Cut(e.ID.String(), "+")
				sum := sha1.Sum([]byte(string(content[:e.Content.MsgEnd]) + digested + when))
				if hex.EncodeToString(sum[:]) != digest {
					t.Errorf("format %v, list %q, %d bytes: the digest is another", format, list, size)
				}
			}
		}
	}
}

func TestEnqueueOrder(t *testing.T) {
	t.Parallel()
	w := newWorld()
	d, err := w.open("/q/in", Options{})
	must(t, err)
	var ids []ID
	b := d.NewBatch(func(path string) error {
		id, _ := SplitName(filepath.Base(path))
		ids = append(ids, id)
		return nil
	})
	for n := range 50 {
		if n%10 == 9 {
			w.disk.Sleep(-3600e9) // the clock is set back
		}
		must(t, text("one and the same")(b))
	}
	must(t, b.Flush())
	listed, err := idsOf(d.List(nil, Ready))
	must(t, err)
	if len(listed) != 50 || len(ids) != 50 {
		t.Fatalf("%d stored, %d told", len(listed), len(ids))
	}
	for i := range ids {
		if ids[i] != listed[i] {
			t.Fatalf("entry %d was told as %v and listed as %v", i, ids[i], listed[i])
		}
	}
}

// TestEnqueueTaken checks that processes can store the same message at the same time.
// Mailman's own rename would overwrite the first one.
func TestEnqueueTaken(t *testing.T) {
	t.Parallel()
	for _, format := range []message.Dialect{message.Mailman2, message.Mailman3} {
		w := newWorld()
		stored := map[string]bool{}
		for proc := range 5 {
			w.disk.Clock = w.disk.Clock.Truncate(1e9) // the same instant for each
			d, err := openWith(&fakedisk.Process{Disk: w.disk, ID: proc}, "/q/in", Options{Format: format})
			must(t, err)
			d.encoder.last = 1700000123.25
			b := d.NewBatch(func(path string) error { stored[path] = true; return nil })
			must(t, text("the same")(b))
			must(t, textAt("place", 1600000000.5)(b))
			must(t, b.Flush())
			must(t, d.Close())
		}
		if len(stored) != 10 || len(w.disk.Lookup("/q/in").Names) != 10 {
			t.Errorf("format %v: %d paths, %q", format, len(stored), w.disk.Tree())
		}
	}
}

// TestEnqueueTakenInFlight checks that a message that is handed on twice does not
// conflict with its first entry, even if that was claimed in between.
func TestEnqueueTakenInFlight(t *testing.T) {
	t.Parallel()
	for _, format := range []message.Dialect{message.Mailman2, message.Mailman3} {
		d := realQueue(t, Options{Format: format})
		for range 3 {
			store(t, d, textAt("handed on", 1600000000.5))
			c, err := first(d.Claims(Slice{}, 1))
			must(t, err)
			must(t, c.Close())
		}
		if n := len(strings.Fields(names(t, d.Path()))); n != 3 {
			t.Errorf("format %v: %d entries", format, n)
		}
	}
}
