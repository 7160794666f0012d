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

// outcomes returns a function that expects outcomes without an error, and the new paths.
func outcomes(t testing.TB) (done func(queue.Outcome, error), paths *[]string) {
	paths = new([]string)
	return func(o queue.Outcome, err error) {
		if err != nil {
			t.Errorf("%s: %v", o.ID, err)
		}
		*paths = append(*paths, o.To)
	}, paths
}

// oneError returns a function that expects one outcome with an error that is want.
func oneError(t testing.TB, want error) func(queue.Outcome, error) {
	n := 0
	return func(o queue.Outcome, err error) {
		t.Helper()
		if n++; n > 1 || !errors.Is(err, want) || o.From == "" {
			t.Errorf("outcome %d: %+v, %v", n, o, err)
		}
	}
}

func TestMove(t *testing.T) {
	t.Parallel()
	s := open(t, database(t))
	var events []string
	q := s.queueOf(t, "in", queue.Options{Describe: true, Trace: func(e queue.Event) {
		if e.About == nil {
			t.Errorf("%s is not described", e.Kind)
		}
		events = append(events, fmt.Sprintf("%s %s %s", e.Kind, e.From[:5], strings.TrimSuffix(e.To, e.ID.String()+".pck")))
	}})
	hold := s.queueOf(t, "hold", queue.Options{})
	ids := put(t, q, 1, 2, 3, 4)
	before := bytesOf(t, q, ids[0], queue.Ready)
	done, paths := outcomes(t)
	q.Move(ids[:2], queue.MoveOptions{From: queue.Ready, To: hold, DryRun: true}, done)
	if got := rows(t, q); got != "in/1.pck:0 in/2.pck:0 in/3.pck:0 in/4.pck:0" || len(*paths) != 2 {
		t.Errorf("after a dry run: %s", got)
	}
	q.Move(ids[:1], queue.MoveOptions{From: queue.Ready, To: hold}, done)
	q.Move(ids[1:2], queue.MoveOptions{From: queue.Ready, Beside: "hold"}, done)
	if got := rows(t, q); got != "hold/1.pck:0 hold/2.pck:0 in/3.pck:0 in/4.pck:0" {
		t.Errorf("moved: %s", got)
	}
	if !bytes.Equal(before, bytesOf(t, hold, ids[0], queue.Ready)) {
		t.Error("its bytes changed")
	}
	// What is not ready, what has gone, and what is in the way.
	_, err := q.Dequeue(ids[2])
	must(t, err)
	q.Move(ids[2:3], queue.MoveOptions{From: queue.Ready, To: hold}, oneError(t, queue.ErrState))
	q.Move(ids[:1], queue.MoveOptions{From: queue.Ready, To: hold}, oneError(t, queue.ErrState))
	q.Move(ids[:1], queue.MoveOptions{From: queue.Ready, To: hold, Listed: true}, func(o queue.Outcome, err error) { t.Error(o, err) })
	q.Move(ids[3:], queue.MoveOptions{From: queue.Ready, To: q}, oneError(t, queue.ErrConflict))
	put(t, hold, 4)
	q.Move(ids[3:], queue.MoveOptions{From: queue.Ready, To: hold}, oneError(t, queue.ErrConflict))
	done, _ = outcomes(t)
	q.Discard(ids[3:], queue.DiscardOptions{From: queue.Ready, DryRun: true}, done)
	q.Discard(ids[3:], queue.DiscardOptions{From: queue.Ready}, done)
	q.Discard(ids[2:3], queue.DiscardOptions{From: queue.Ready}, oneError(t, queue.ErrState))
	if got := rows(t, q); got != "hold/1.pck:0 hold/2.pck:0 hold/4.pck:0 in/3.bak:0" {
		t.Errorf("left: %s", got)
	}
	if got := strings.Join(events, ", "); got != "moved pg:in pg:hold/, moved pg:in pg:hold/, claimed pg:in pg:in/"+ids[2].String()+".bak@1, discarded pg:in " {
		t.Errorf("events: %s", got)
	}
}

// TestRelease checks the ways back of preserved and shunted entries: the count is 0 again, and
// the rest of the entry is as it was.
func TestRelease(t *testing.T) {
	t.Parallel()
	s := open(t, database(t))
	q := s.queueOf(t, "in", queue.Options{})
	bad, shunt := s.queueOf(t, "bad", queue.Options{}), s.queueOf(t, "shunt", queue.Options{})
	ids := put(t, q, 1, 2, 3)
	for i, id := range ids {
		for n := range 3 {
			c, err := q.Dequeue(id)
			must(t, err)
			if i == 2 {
				path, err := c.Shunt(message.Setting{Key: "reason", Value: "no such user"})
				if err != nil || path != shunt.EntryPath(id, queue.Ready) {
					t.Errorf("%s, %v", path, err)
				}
				c.Close()
				break
			}
			done, paths := outcomes(t)
			must(t, q.Restore(queue.RestoreOptions{MaxRestores: 3}, done))
			if preserved := strings.HasPrefix((*paths)[0], "pg:bad/"); preserved != (n == 2) {
				t.Errorf("restore %d: %s", n, *paths)
			}
		}
	}
	if got := rows(t, q); got != "bad/1.psv:3 bad/2.psv:3 shunt/3.pck:0" {
		t.Fatal(got)
	}
	origin := func(from *Queue, s queue.State) func(queue.ID, *message.Content) (queue.Queue, error) {
		return func(id queue.ID, c *message.Content) (queue.Queue, error) {
			origin, err := from.Origin(id, s, c, nil)
			if err != nil {
				return nil, err
			}
			return from.OpenOrigin(origin, queue.Options{})
		}
	}
	done, paths := outcomes(t)
	must(t, bad.Release(queue.ReleaseOptions{From: queue.Preserved, Target: origin(bad, queue.Preserved)}, done))
	shunt.ReleaseEntries(ids[2:], queue.ReleaseOptions{From: queue.Ready, Target: origin(shunt, queue.Ready)}, done)
	if got := rows(t, q); got != "in/1.pck:0 in/2.pck:0 in/3.pck:0" || len(*paths) != 3 {
		t.Errorf("released: %s, %s", got, *paths)
	}
	for i, id := range ids {
		c, err := q.Dequeue(id)
		must(t, err)
		if c.Content.Restores() != 0 || mail(t, c) != textOf(i+1) || c.Content.WhichQueue() != "in" || c.Content.List() != "test" {
			t.Errorf("%d: %d restores, whichq %q, %q", i, c.Content.Restores(), c.Content.WhichQueue(), mail(t, c))
		}
	}
	shunt.ReleaseEntries(ids[2:], queue.ReleaseOptions{From: queue.Ready, Target: origin(shunt, queue.Ready)}, oneError(t, queue.ErrState))
	// A preserved entry that moves begins at 0, too.
	must(t, q.Restore(queue.RestoreOptions{MaxRestores: 1}, func(queue.Outcome, error) {}))
	bad.Move(ids[:1], queue.MoveOptions{From: queue.Preserved, To: q}, done)
	if got := rows(t, q); got != "bad/2.psv:1 bad/3.psv:1 in/1.pck:0" {
		t.Errorf("moved: %s", got)
	}
	if e, err := q.Read(ids[0], queue.Ready); err != nil || e.Content.Restores() != 0 {
		t.Errorf("%+v, %v", e, err)
	}
	// It cannot go back to its own queue, or to one that is not known.
	put(t, shunt, 9)
	shunt.ReleaseEntries([]queue.ID{testID(9)}, queue.ReleaseOptions{From: queue.Ready, Target: origin(shunt, queue.Ready)}, oneError(t, queue.ErrOrigin))
	shunt.ReleaseEntries([]queue.ID{testID(9)}, queue.ReleaseOptions{
		From: queue.Ready, Target: func(queue.ID, *message.Content) (queue.Queue, error) { return shunt, nil },
	}, oneError(t, queue.ErrOrigin))
}

// TestNote checks that what is noted is there for all readers, and that the claim's own content
// follows it.
func TestNote(t *testing.T) {
	t.Parallel()
	s := open(t, database(t))
	q := s.queueOf(t, "out", queue.Options{})
	long := queue.Metadata{ID: testID(2)}
	_, err := storeText(t, q, long, strings.Repeat("line\n", chunk))
	must(t, err)
	for _, id := range append(put(t, q, 1), long.ID) {
		c, err := q.Dequeue(id)
		must(t, err)
		before := bytesOf(t, q, id, queue.InFlight)[:c.Content.MsgEnd]
		for n := range 3 {
			must(t, c.Note(message.Setting{Key: "done", Value: n}, message.Setting{Key: "who", Value: []string{"a", fmt.Sprint(n)}}))
			e, err := q.Read(id, queue.InFlight)
			must(t, err)
			for _, content := range []*message.Content{c.Content, e.Content} {
				line, err := content.AppendMetadata(nil)
				if want := fmt.Sprintf(`"done":%d,"who":["a","%d"]`, n, n); err != nil || !bytes.Contains(line, []byte(want)) {
					t.Errorf("note %d: %s, %v", n, line, err)
				}
			}
			if e.Path() != c.Path() || e.Info.Size() != e.Content.MetaEnd {
				t.Errorf("%s is %s of %d bytes, not %d", e.Path(), c.Path(), e.Info.Size(), e.Content.MetaEnd)
			}
			e.Close()
		}
		if !bytes.Equal(before, bytesOf(t, q, id, queue.InFlight)[:len(before)]) {
			t.Error("the message changed")
		}
		old := c
		must(t, q.Restore(queue.RestoreOptions{}, func(queue.Outcome, error) {}))
		c, err = q.Dequeue(id)
		must(t, err)
		if err := old.Note(message.Setting{Key: "done", Value: 9}); !errors.Is(err, queue.ErrState) {
			t.Errorf("noted in the claim of another: %v", err)
		}
		if _, err := old.Retry(); !errors.Is(err, queue.ErrState) {
			t.Errorf("retried the claim of another: %v", err)
		}
		path, err := c.Retry(message.Setting{Key: "later", Value: true})
		if want := scheme + "retry/" + id.Name(queue.Ready); err != nil || path != want {
			t.Errorf("%s, %v", path, err)
		}
		e, err := s.queueOf(t, "retry", queue.Options{}).Read(id, queue.Ready)
		must(t, err)
		if e.Content.Restores() != 0 || !e.Content.Has("later") || !e.Content.Has("done") {
			t.Errorf("%d restores", e.Content.Restores())
		}
	}
}

// TestSplit checks that a part is stored once, with the message and its own metadata, and that
// another message with its name is a conflict.
func TestSplit(t *testing.T) {
	t.Parallel()
	s := open(t, database(t))
	q, shunt := s.queueOf(t, "out", queue.Options{}), s.queueOf(t, "shunt", queue.Options{})
	long := queue.Metadata{ID: testID(2)}
	_, err := storeText(t, q, long, strings.Repeat("line\n", chunk))
	must(t, err)
	for _, id := range append(put(t, q, 1), long.ID) {
		c, err := q.Dequeue(id)
		must(t, err)
		part := id.Derive("refused")
		for range 2 {
			path, err := c.Split("refused", message.Setting{Key: "recips", Value: []string{"b"}})
			if err != nil || path != shunt.EntryPath(part, queue.Ready) {
				t.Errorf("%s, %v", path, err)
			}
		}
		e, err := shunt.Read(part, queue.Ready)
		must(t, err)
		var text strings.Builder
		must(t, e.Content.WriteMessage(&text))
		if text.String() != mail(t, c) || e.Content.WhichQueue() != "out" || !e.Content.Has("recips") || c.Content.Has("recips") {
			t.Errorf("the part has %d bytes, whichq %q", text.Len(), e.Content.WhichQueue())
		}
		for range 2 {
			path, err := c.Notice("failed", queue.Metadata{}, func(w io.Writer) error {
				_, err := io.WriteString(w, "Subject: sorry\n\n")
				return err
			})
			after := idOf(t, path)
			if err != nil || !q.Has(after, queue.Ready) || after.Compare(id) <= 0 {
				t.Errorf("%s, %v", path, err)
			}
		}
		must(t, c.Finish())
	}
	if counts, err := q.Count(queue.Slice{}); err != nil || counts.ByState[queue.Ready] != 2 {
		t.Errorf("notices: %v, %v", counts.ByState, err)
	}
	if counts, err := shunt.Count(queue.Slice{}); err != nil || counts.ByState[queue.Ready] != 2 {
		t.Errorf("parts: %v, %v", counts.ByState, err)
	}
	id := put(t, q, 3)[0]
	c, err := q.Dequeue(id)
	must(t, err)
	_, err = storeText(t, shunt, queue.Metadata{ID: id.Derive("x")}, "another")
	must(t, err)
	if path, err := c.Split("x"); !errors.Is(err, queue.ErrConflict) {
		t.Errorf("%s, %v", path, err)
	}
}

// TestCarry checks that entries go to a directory and come back as they were: the same bytes,
// the same name, the count of a ready entry too.
func TestCarry(t *testing.T) {
	t.Parallel()
	s := open(t, database(t))
	q, back := s.queueOf(t, "in", queue.Options{}), s.queueOf(t, "back", queue.Options{})
	dir, err := queue.Create(filepath.Join(t.TempDir(), "in"), queue.Options{})
	must(t, err)
	defer dir.Close()
	long := queue.Metadata{ID: testID(4)}
	_, err = storeText(t, q, long, strings.Repeat("line \xe4\n", chunk))
	must(t, err)
	ids := append(put(t, q, 1, 2, 3), long.ID)
	_, err = q.Dequeue(ids[0])
	must(t, err)
	must(t, q.Restore(queue.RestoreOptions{}, func(queue.Outcome, error) {}))
	want := map[queue.ID][]byte{}
	for _, id := range ids {
		want[id] = bytesOf(t, q, id, queue.Ready)
	}
	done, paths := outcomes(t)
	q.Move(ids, queue.MoveOptions{From: queue.Ready, To: dir, DryRun: true}, done)
	for _, id := range ids {
		if !q.Has(id, queue.Ready) || dir.Has(id, queue.Ready) {
			t.Error("a dry run moved it")
		}
	}
	// There and back twice: what has left a queue can come to it again.
	for range 2 {
		carry := func(from, to queue.Queue) {
			from.Move(ids, queue.MoveOptions{From: queue.Ready, To: to}, done)
			for _, id := range ids {
				if !bytes.Equal(bytesOf(t, to, id, queue.Ready), want[id]) {
					t.Errorf("%s has other bytes in %s", id, to.Path())
				}
			}
		}
		carry(q, dir)
		carry(dir, q)
	}
	q.Move(ids, queue.MoveOptions{From: queue.Ready, To: dir}, done)
	for _, id := range ids {
		if !bytes.Equal(bytesOf(t, dir, id, queue.Ready), want[id]) {
			t.Errorf("%s has other bytes in the directory", id)
		}
	}
	dir.Move(ids, queue.MoveOptions{From: queue.Ready, To: back}, done)
	for _, id := range ids {
		if !bytes.Equal(bytesOf(t, back, id, queue.Ready), want[id]) {
			t.Errorf("%s has other bytes in the database", id)
		}
	}
	// The long way: within the database, out of it, and to the first queue.
	shunt := s.queueOf(t, "shunt", queue.Options{})
	back.Move(ids, queue.MoveOptions{From: queue.Ready, To: shunt}, done)
	shunt.Move(ids, queue.MoveOptions{From: queue.Ready, To: dir}, done)
	dir.Move(ids, queue.MoveOptions{From: queue.Ready, To: back}, done)
	for _, id := range ids {
		if !bytes.Equal(bytesOf(t, back, id, queue.Ready), want[id]) {
			t.Errorf("%s has other bytes after the long way", id)
		}
	}
	if got := rows(t, q); got != "back/1.pck:1 back/2.pck:0 back/3.pck:0 back/4.pck:0" || len(*paths) != 40 {
		t.Errorf("%s, %d paths", got, len(*paths))
	}
	if counts, err := dir.Count(queue.Slice{}); err != nil || counts.ByState != [5]int{} {
		t.Errorf("left in the directory: %v, %v", counts.ByState, err)
	}
	dir.Move(ids[:1], queue.MoveOptions{From: queue.Ready, To: back}, oneError(t, queue.ErrState))
	far := errors.New("Mailman is running")
	back.Move(ids[:1], queue.MoveOptions{From: queue.Ready, To: dir, Far: func() error { return far }}, oneError(t, far))
}

// TestCarryOnce checks that an entry is stored once though the relay was killed between storing
// and finishing, whatever became of it in the meantime. Another message of its name stops it.
func TestCarryOnce(t *testing.T) {
	t.Parallel()
	s := open(t, database(t))
	to := s.queueOf(t, "out", queue.Options{})
	dir, err := queue.Create(filepath.Join(t.TempDir(), "out"), queue.Options{})
	must(t, err)
	defer dir.Close()
	n := 0
	for when, meanwhile := range map[string]func(*queue.Claim) error{
		"claimed":   func(*queue.Claim) error { return nil },
		"finished":  func(c *queue.Claim) error { return c.Finish() },
		"shunted":   func(c *queue.Claim) error { _, err := c.Shunt(); return err },
		"preserved": func(c *queue.Claim) error { _, err := c.Preserve(); return err },
	} {
		for _, text := range []string{"short", strings.Repeat("long\n", chunk)} {
			n++
			m := queue.Metadata{ID: testID(n)}
			_, err := storeText(t, dir, m, text)
			must(t, err)
			killed, err := dir.Dequeue(m.ID)
			must(t, err)
			b := to.NewBatch(func(string) error { return nil })
			must(t, b.Take(m.ID, killed.Content))
			must(t, b.Flush())
			must(t, killed.Close())
			c, err := to.Dequeue(m.ID)
			must(t, err)
			must(t, meanwhile(c))
			before := rows(t, to)
			done, paths := outcomes(t)
			dir.RestoreEntries([]queue.ID{m.ID}, queue.RestoreOptions{}, done)
			dir.Move([]queue.ID{m.ID}, queue.MoveOptions{From: queue.Ready, To: to}, done)
			if after := rows(t, to); after != before {
				t.Errorf("%s: %s, and then %s", when, before, after)
			}
			if len(*paths) != 2 || dir.Has(m.ID, queue.Ready) || dir.Has(m.ID, queue.InFlight) {
				t.Errorf("%s: it is still in the directory; %s", when, *paths)
			}
			// The same message of another origin, such as a backup, is not taken for it.
			_, err = storeText(t, dir, m, text)
			must(t, err)
			if when != "claimed" {
				dir.Move([]queue.ID{m.ID}, queue.MoveOptions{From: queue.Ready, To: to}, oneError(t, queue.ErrConflict))
				if !dir.Has(m.ID, queue.Ready) {
					t.Errorf("%s: a backup is not ready any more", when)
				}
			}
			dir.Discard([]queue.ID{m.ID}, queue.DiscardOptions{From: queue.Ready}, done)
			// Another message of that name stays where it is.
			_, err = storeText(t, dir, m, text+"!")
			must(t, err)
			dir.Move([]queue.ID{m.ID}, queue.MoveOptions{From: queue.Ready, To: to}, oneError(t, queue.ErrConflict))
			if !dir.Has(m.ID, queue.Ready) {
				t.Errorf("%s: another message is not ready any more", when)
			}
		}
	}
}

// TestCarryPreserved checks that preserved entries go to another kind of queue and back, with a
// count of 0.
func TestCarryPreserved(t *testing.T) {
	t.Parallel()
	s := open(t, database(t))
	q, bad := s.queueOf(t, "in", queue.Options{}), s.queueOf(t, "bad", queue.Options{})
	dir, err := queue.Create(filepath.Join(t.TempDir(), "in"), queue.Options{})
	must(t, err)
	defer dir.Close()
	dirBad, err := queue.Create(dir.BesidePath("bad"), queue.Options{})
	must(t, err)
	defer dirBad.Close()
	id := put(t, q, 1)[0]
	var from queue.Queue = q
	for _, step := range []struct {
		bad queue.Queue
		to  queue.Queue
	}{{bad, dir}, {dirBad, q}, {bad, dir}, {dirBad, q}} {
		c, err := from.Dequeue(id)
		must(t, err)
		must(t, c.Close())
		done, _ := outcomes(t)
		must(t, from.Restore(queue.RestoreOptions{MaxRestores: 1}, done))
		step.bad.Move([]queue.ID{id}, queue.MoveOptions{From: queue.Preserved, To: step.to}, done)
		e, err := step.to.Read(id, queue.Ready)
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		must(t, e.Content.WriteMessage(&text))
		if text.String() != textOf(1) || e.Content.Restores() != 0 || step.bad.Has(id, queue.Preserved) {
			t.Errorf("in %s: %q, %d restores", step.to.Path(), text.String(), e.Content.Restores())
		}
		must(t, e.Close())
		from = step.to
	}
}
