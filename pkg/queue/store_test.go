package queue

import (
	"bytes"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"switchboard/pkg/message"
)

// store enqueues messages in one batch and returns their paths.
func store(t *testing.T, d *Dir, messages ...source) []string {
	t.Helper()
	var paths []string
	b := d.NewBatch(func(path string) error {
		paths = append(paths, path)
		return nil
	})
	for _, add := range messages {
		must(t, add(b))
	}
	must(t, b.Flush())
	if len(paths) != len(messages) {
		t.Fatalf("%d of %d were stored", len(paths), len(messages))
	}
	return paths
}

// source stores one message in a batch.
type source func(Batch) error

// text stores s with this metadata.
func text(s string, items ...message.Item) source {
	return func(b Batch) error { return add(b, strings.NewReader(s), Metadata{Items: items}) }
}

// textAt stores s with a place in the queue.
func textAt(s string, received float64) source {
	return func(b Batch) error { return add(b, strings.NewReader(s), Metadata{Received: received}) }
}

// handedOn stores the message of e with this metadata.
func handedOn(e *Entry, items ...message.Item) source {
	return func(b Batch) error { return b.HandOn(e, Metadata{Items: items}) }
}

// add stores what it reads from r, in the pieces that r returns.
func add(b Batch, r io.Reader, m Metadata) error {
	p, err := b.Create(m)
	if err != nil {
		return err
	}
	defer p.Abort()
	if _, err := io.Copy(p, r); err != nil {
		return err
	}
	return p.Commit()
}

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
