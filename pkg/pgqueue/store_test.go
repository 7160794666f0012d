package pgqueue

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

// kept returns a function for NewBatch, and where it keeps the paths.
func kept() (stored func(string) error, paths *[]string) {
	paths = new([]string)
	return func(path string) error { *paths = append(*paths, path); return nil }, paths
}

// storeText stores a message.
func storeText(t testing.TB, q queue.Queue, m queue.Metadata, text string) (path string, err error) {
	t.Helper()
	stored, paths := kept()
	b := q.NewBatch(stored)
	p, err := b.Create(m)
	must(t, err)
	_, err = io.WriteString(p, text)
	must(t, err)
	must(t, p.Commit())
	if err := b.Flush(); err != nil {
		return "", err
	}
	return (*paths)[0], nil
}

// bytesOf returns the two pickles of an entry.
func bytesOf(t testing.TB, q queue.Queue, id queue.ID, s queue.State) []byte {
	t.Helper()
	e, err := q.Read(id, s)
	must(t, err)
	defer e.Close()
	all, err := io.ReadAll(e.Content.Pickles())
	must(t, err)
	return all
}

// idOf returns the file base in a path.
func idOf(t testing.TB, path string) queue.ID {
	t.Helper()
	id, s := queue.SplitName(path[strings.LastIndexByte(path, '/')+1:])
	if s == queue.Stray {
		t.Fatalf("%s is not the path of an entry", path)
	}
	return id
}

// TestStoreInOrder checks that no message is stored after one that could not be: the caller learns how
// many were stored, and must know which.
func TestStoreInOrder(t *testing.T) {
	t.Parallel()
	q := open(t, database(t)).queueOf(t, "out", queue.Options{NoSync: true})
	long := strings.Repeat("a line\n", chunk)
	refused := queue.Metadata{Items: []message.Item{{Key: "whichq", Value: "a text without \x00"}}}
	for n, messages := range [][]struct {
		m    queue.Metadata
		text string
	}{
		{{refused, "one"}, {queue.Metadata{}, long}, {queue.Metadata{}, "three"}},
		{{queue.Metadata{}, "one"}, {refused, long}, {queue.Metadata{}, "three"}},
		{{queue.Metadata{}, "one"}, {queue.Metadata{}, long}, {refused, "three"}},
	} {
		stored, paths := kept()
		b := q.NewBatch(stored)
		var err error
		for _, m := range messages {
			var p queue.Pending
			if p, err = b.Create(m.m); err != nil {
				break
			}
			if _, err = io.WriteString(p, m.text); err == nil {
				err = p.Commit()
			}
			if err != nil {
				break
			}
		}
		if err == nil {
			err = b.Flush()
		}
		b.Abort()
		if err == nil || len(*paths) != n {
			t.Errorf("%d messages come before one that is refused, and %d were stored: %v", n, len(*paths), err)
		}
	}
}

// TestStoreAsFile checks that an entry has the bytes and, if it is given, the name of the file
// that a directory would have, whatever the length of the message.
func TestStoreAsFile(t *testing.T) {
	t.Parallel()
	s := open(t, database(t))
	for n, format := range []message.Dialect{message.Mailman2, message.Mailman3} {
		o := queue.Options{Format: format, NoSync: true}
		dir, err := queue.Create(filepath.Join(t.TempDir(), "out"), o)
		must(t, err)
		defer dir.Close()
		q := s.queueOf(t, fmt.Sprint("out", n), o)
		for i, size := range []int{1, 1000, 200 << 10, 256 << 10, 256<<10 + 1, chunk - 100, chunk, 2*chunk + 1, 3<<20 + 17} {
			text := strings.Repeat("all work and no play \xe4\n", size/22+1)[:size]
			m := queue.Metadata{ID: testID(i), Items: []message.Item{{Key: "recips", Value: []any{"a@example.com"}}, {Key: "whichq", Value: "in"}}}
			_, err := storeText(t, dir, m, text)
			must(t, err)
			path, err := storeText(t, q, m, text)
			must(t, err)
			if path != q.EntryPath(m.ID, queue.Ready) {
				t.Errorf("%v, %d bytes: %s", format, size, path)
			}
			got, want := bytesOf(t, q, m.ID, queue.Ready), bytesOf(t, dir, m.ID, queue.Ready)
			if !bytes.Equal(got, want) {
				t.Errorf("%v: a text of %d bytes makes %d bytes that are not the %d of a file", format, size, len(got), len(want))
			}
			info, err := q.Stat(m.ID, queue.Ready)
			must(t, err)
			if info.Size() != int64(len(want)) {
				t.Errorf("%v, %d bytes: a size of %d", format, size, info.Size())
			}
		}
	}
}

// TestStoreNames checks that a file base is made as for a file: Mailman's digest covers the
// pickle, the list and the time.
func TestStoreNames(t *testing.T) {
	t.Parallel()
	s := open(t, database(t))
	for n, format := range []message.Dialect{message.Mailman2, message.Mailman3} {
		q := s.queueOf(t, fmt.Sprint("out", n), queue.Options{Format: format})
		// At one time and with one place in the queue, five processes store one message.
		names := map[string]bool{}
		for range 5 {
			path, err := storeText(t, q, queue.Metadata{Received: 1600000000.5}, "the same")
			must(t, err)
			names[path] = true
		}
		if counts, err := q.Count(queue.Slice{}); len(names) != 5 || counts.ByState[queue.Ready] != 5 || err != nil {
			t.Errorf("%v: %d names, %d entries, %v", format, len(names), counts.ByState[queue.Ready], err)
		}
	}
}

// TestStoreBatch checks that a batch tells every path in order, across groups and long
// messages, and that each is the message of its place.
func TestStoreBatch(t *testing.T) {
	t.Parallel()
	s := open(t, database(t))
	q := s.queueOf(t, "out", queue.Options{})
	stored, paths := kept()
	b := q.NewBatch(stored)
	const n = 2*groupEntries + 10
	for i := range n {
		p, err := b.Create(queue.Metadata{})
		must(t, err)
		fmt.Fprintf(p, "message %d", i)
		if i%500 == 7 {
			io.WriteString(p, strings.Repeat(" and more", chunk/8))
		}
		must(t, p.Commit())
	}
	p, err := b.Create(queue.Metadata{})
	must(t, err)
	if err := p.Commit(); err != queue.ErrEmpty {
		t.Errorf("an empty message: %v", err)
	}
	if len(*paths) < groupEntries {
		t.Errorf("%d paths before Flush", len(*paths))
	}
	must(t, b.Flush())
	if len(*paths) != n {
		t.Fatalf("%d paths", len(*paths))
	}
	i := 0
	for f, err := range q.List(nil, queue.Ready) {
		must(t, err)
		if got := q.Join(f.Name); got != (*paths)[i] {
			t.Fatalf("entry %d is %s, and %s was told", i, got, (*paths)[i])
		}
		if i%97 == 0 || i%500 == 7 {
			e, err := q.Read(f.ID, f.State)
			must(t, err)
			var text strings.Builder
			must(t, e.Content.WriteMessage(&text))
			if want := fmt.Sprintf("message %d", i); strings.TrimRight(strings.TrimSuffix(text.String(), strings.Repeat(" and more", chunk/8)), "\n") != want {
				t.Errorf("entry %d has %.40q", i, text.String())
			}
			e.Close()
		}
		i++
	}
	if i != n {
		t.Errorf("%d entries are listed", i)
	}
	b = q.NewBatch(stored)
	p, err = b.Create(queue.Metadata{})
	must(t, err)
	io.WriteString(p, "x")
	must(t, p.Commit())
	b.Abort()
	must(t, b.Flush())
	if counts, err := q.Count(queue.Slice{}); counts.ByState[queue.Ready] != n || err != nil {
		t.Errorf("%d entries after Abort, %v", counts.ByState[queue.Ready], err)
	}
}

// TestStoreOnce checks that a message is stored once under a given name, whatever became of
// the entry since, and that another message does not pass for it.
func TestStoreOnce(t *testing.T) {
	t.Parallel()
	s := open(t, database(t))
	for n, size := range []int{10, 2 * chunk} {
		q := s.queueOf(t, fmt.Sprint("out", n), queue.Options{})
		m := queue.Metadata{ID: testID(n)}
		text := strings.Repeat("x", size)
		again := func(when string) {
			t.Helper()
			if path, err := storeText(t, q, m, text); err != nil || path != q.EntryPath(m.ID, queue.Ready) {
				t.Errorf("%s: %s, %v", when, path, err)
			}
			if _, err := storeText(t, q, m, text+"y"); !errors.Is(err, queue.ErrConflict) {
				t.Errorf("another message, %s: %v", when, err)
			}
		}
		again("first")
		again("ready")
		c, err := q.Dequeue(m.ID)
		must(t, err)
		again("in flight")
		must(t, c.Finish())
		again("finished")
		if counts, err := q.Count(queue.Slice{}); err != nil || counts.ByState != [5]int{} {
			t.Errorf("there are %v, %v", counts.ByState, err)
		}
		if path, err := storeText(t, s.queueOf(t, "another", queue.Options{}), m, text); err != nil {
			t.Errorf("in another queue: %s, %v", path, err)
		}
	}
	// An entry of that name that was stored without asking for it.
	q := s.queueOf(t, "in", queue.Options{})
	id := put(t, q, 7)[0]
	if _, err := storeText(t, q, queue.Metadata{ID: id}, "another"); !errors.Is(err, queue.ErrConflict) {
		t.Errorf("another message: %v", err)
	}
	if _, err := storeText(t, q, queue.Metadata{ID: id}, strings.Repeat("another", chunk)); !errors.Is(err, queue.ErrConflict) {
		t.Errorf("another long message: %v", err)
	}
}
