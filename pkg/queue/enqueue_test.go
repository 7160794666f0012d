package queue

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/disk/fakedisk"
)

// store enqueues messages in one batch and returns their paths.
func store(t *testing.T, d *Dir, messages ...Message) []string {
	t.Helper()
	var paths []string
	b := d.NewBatch(func(path string) error {
		paths = append(paths, path)
		return nil
	})
	for _, m := range messages {
		must(t, b.Add(m))
	}
	must(t, b.Flush())
	if len(paths) != len(messages) {
		t.Fatalf("%d of %d were stored", len(paths), len(messages))
	}
	return paths
}

func text(s string) Message { return Message{Text: strings.NewReader(s)} }

// entryAt reads back the entry at a path of the queue.
func entryAt(t *testing.T, d *Dir, path string) *Entry {
	t.Helper()
	id, s := SplitName(filepath.Base(path))
	e, err := d.Read(id, s)
	must(t, err)
	t.Cleanup(func() { e.Close() })
	return e
}

func messageOf(t *testing.T, e *Entry) string {
	t.Helper()
	var b bytes.Buffer
	must(t, e.Content.WriteMessage(&b))
	return b.String()
}

func TestEnqueueKeepsBytes(t *testing.T) {
	t.Parallel()
	for _, format := range []message.Dialect{message.Mailman2, message.Mailman3} {
		d := realQueue(t, Options{Format: format})
		for _, body := range []string{
			"x", "\n", "Subject: a\n\nb\n", "Subject: a\r\n\r\nb\r\n", "no newline",
			"nul \x00 and 8-bit \x80\xff\xe9 bytes\n", "UTF-8: \u00e4\u20ac\U0001f600\n",
			strings.Repeat("x", 255), strings.Repeat("x", 256),
			strings.Repeat("y\n", whole/2), strings.Repeat("y\n", whole/2) + "z", strings.Repeat("\xff\x00z", whole),
		} {
			paths := store(t, d, text(body))
			if got := messageOf(t, entryAt(t, d, paths[0])); got != body {
				t.Errorf("%d bytes became %d: %.40q", len(body), len(got), got)
			}
			paths = store(t, d, Message{Text: iotest.OneByteReader(strings.NewReader(body[:min(len(body), 3000)]))})
			if got := messageOf(t, entryAt(t, d, paths[0])); got != body[:min(len(body), 3000)] {
				t.Errorf("read byte by byte: %d bytes", len(got))
			}
		}
	}
}

// TestEnqueueName: Mailman 3's digest covers the message pickle, the list and
// the time that is in the name; Mailman 2.1's the time of the enqueue, which
// is the same unless the place in the queue is kept.
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
				m := text(strings.Repeat("m", size))
				digested := "--nolist--"
				if list != "" {
					m.Metadata, digested = []message.Item{{Key: key, Value: list}}, list
				}
				path := store(t, d, m)[0]
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
		must(t, b.Add(text("one and the same")))
	}
	must(t, b.Flush())
	listed, err := d.List(Ready, nil)
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

// TestEnqueueTaken: two processes store one message at one time. Mailman's own
// rename would overwrite the first.
func TestEnqueueTaken(t *testing.T) {
	t.Parallel()
	for _, format := range []message.Dialect{message.Mailman2, message.Mailman3} {
		w := newWorld()
		stored := map[string]bool{}
		for proc := range 5 {
			w.disk.Clock = w.disk.Clock.Truncate(1e9) // the same instant for each
			d, err := openWith(&fakedisk.Process{Disk: w.disk, ID: proc}, "/q/in", Options{Format: format})
			must(t, err)
			d.stored = 1700000123.25
			b := d.NewBatch(func(path string) error { stored[path] = true; return nil })
			must(t, b.Add(text("the same")))
			must(t, b.Add(Message{Text: strings.NewReader("place"), Received: 1600000000.5}))
			must(t, b.Flush())
			must(t, d.Close())
		}
		if len(stored) != 10 || len(w.disk.Lookup("/q/in").Names) != 10 {
			t.Errorf("format %v: %d paths, %q", format, len(stored), w.disk.Tree())
		}
	}
}

// TestEnqueueTakenInFlight: what is handed on twice does not come into
// conflict with the first, though that was claimed in between.
func TestEnqueueTakenInFlight(t *testing.T) {
	t.Parallel()
	for _, format := range []message.Dialect{message.Mailman2, message.Mailman3} {
		d := realQueue(t, Options{Format: format})
		for range 3 {
			store(t, d, Message{Text: strings.NewReader("handed on"), Received: 1600000000.5})
			c, err := first(d.Claims(Slice{}, 1))
			must(t, err)
			must(t, c.Close())
		}
		if n := len(strings.Fields(names(t, d.Path()))); n != 3 {
			t.Errorf("format %v: %d entries", format, n)
		}
	}
}

func TestEnqueueRefuses(t *testing.T) {
	t.Parallel()
	broken := errors.New("the pipe broke")
	d := realQueue(t, Options{})
	b := d.NewBatch(func(string) error { return nil })
	if err := b.Add(text("")); !errors.Is(err, ErrEmpty) {
		t.Errorf("nothing was stored: %v", err)
	}
	for _, size := range []int{0, 10, whole + 100, 3 * whole} {
		r := io.MultiReader(strings.NewReader(strings.Repeat("x", size)), iotest.ErrReader(broken))
		var input *InputError
		if err := b.Add(Message{Text: r}); !errors.As(err, &input) || !errors.Is(err, broken) {
			t.Errorf("after %d bytes: %v", size, err)
		}
	}
	must(t, b.Add(text("added")))
	b.Abort()
	must(t, b.Flush())
	expectNames(t, d.Path(), "")
}

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
		must(t, b.Add(text("x")))
	}
	if err := b.Flush(); !errors.Is(err, closed) || told != 2 {
		t.Errorf("%d told, %v", told, err)
	}
	if n := len(strings.Fields(names(t, d.Path()))); n != 4 {
		t.Errorf("%d of 4 are there: they had been made durable", n)
	}
}

// TestEnqueueSyncs: a batch costs a few syncs, not a few each, and without
// syncs none.
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
		messages := make([]Message, test.messages)
		for i := range messages {
			messages[i] = text(mailText(i))
		}
		store(t, d, messages...)
		if syncs != test.syncs {
			t.Errorf("%d messages: %d syncs, not %d", test.messages, syncs, test.syncs)
		}
	}
}
