package queue

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"switchboard/pkg/message"
)

func number(t *testing.T, c *message.Content, key string) int {
	t.Helper()
	n, _, err := c.Count(key)
	must(t, err)
	return n
}

func texts(t *testing.T, c *message.Content, key string) string {
	t.Helper()
	list, _, err := c.Texts(key)
	must(t, err)
	var all []string
	for i := range list.Len() {
		all = append(all, list.At(i))
	}
	return strings.Join(all, " ")
}

// TestNote checks that notes add up, in the claim's Content and in the file, and that they
// and a Retry after them leave the count's one byte and the message alone.
func TestNote(t *testing.T) {
	t.Parallel()
	for _, d := range []message.Dialect{message.Mailman2, message.Mailman3} {
		q := realQueue(t, Options{})
		writeEntry(t, q.Path(), testID(0), Ready, entryFile(d, mailText(0), counted(2)))
		c := claimFirst(t, q)
		for n := range 20 {
			must(t, c.Note(message.Setting{Key: "done", Value: 500 * n}, message.Setting{Key: fmt.Sprint("refused", n), Value: []string{"a@b", "c@d"}}))
			if got := number(t, c.Content, "done"); got != 500*n {
				t.Fatalf("%v are done", got)
			}
		}
		must(t, c.Note(message.Setting{Key: countKey, Value: 3}))
		must(t, c.Note(message.Setting{Key: countKey, Value: 2}))
		e, err := q.Read(testID(0), InFlight)
		must(t, err)
		for _, content := range []*message.Content{c.Content, e.Content} {
			if number(t, content, "done") != 9500 || texts(t, content, "refused19") != "a@b c@d" || content.Restores() != 2 {
				t.Errorf("%v: %v are done", d, number(t, content, "done"))
			}
		}
		if e.Content.MetaEnd != c.Content.MetaEnd {
			t.Errorf("the metadata ends at %d, not %d", c.Content.MetaEnd, e.Content.MetaEnd)
		}
		e.Close()
		to, err := c.Retry(message.Setting{Key: "recips", Value: []string{"x@y"}})
		must(t, err)
		if want := filepath.Join(filepath.Dir(q.Path()), "retry", testID(0).Name(Ready)); to != want {
			t.Errorf("retried as %s, not %s", to, want)
		}
		e, err = q.retry.Read(testID(0), Ready)
		must(t, err)
		var text strings.Builder
		must(t, e.Content.WriteMessage(&text))
		if texts(t, e.Content, "recips") != "x@y" || e.Content.Restores() != 0 || text.String() != mailText(0) || e.Content.WhichQueue() != "" {
			t.Errorf("%v: recipients %s, count %d", d, texts(t, e.Content, "recips"), e.Content.Restores())
		}
		e.Close()
		expectNames(t, q.Path(), "")
	}
}

// TestRetryIsNotShunt: what was refused for good must not be tried again and again.
func TestRetryIsNotShunt(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	for _, name := range []string{"out", "shunt"} {
		must(t, os.Mkdir(filepath.Join(base, name), 0o770))
	}
	q, err := Open(filepath.Join(base, "out"), Options{Retry: base + "/./shunt"})
	must(t, err)
	if err := q.CanRetry(); !errors.Is(err, ErrCreate) {
		t.Error(err)
	}
	must(t, q.Close())
}

// TestRetryInPlace retries an entry of the retry queue, under whatever path it was opened.
func TestRetryInPlace(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	must(t, os.Mkdir(filepath.Join(base, "retry"), 0o770))
	must(t, os.Symlink("retry", filepath.Join(base, "link")))
	for _, name := range []string{"retry", "link", "retry/../retry"} {
		q, err := Open(base+"/"+name, Options{})
		must(t, errors.Join(err, q.CanRetry()))
		writeEntry(t, q.Path(), testID(0), Ready, entryFile(message.Mailman3, mailText(0), counted(2)))
		to, err := claimFirst(t, q).Retry(message.Setting{Key: "done", Value: 7})
		must(t, err)
		e, err := q.Read(testID(0), Ready)
		must(t, err)
		if to != q.EntryPath(testID(0), Ready) || number(t, e.Content, "done") != 7 || e.Content.Restores() != 0 {
			t.Errorf("retried as %s, count %d", to, e.Content.Restores())
		}
		must(t, errors.Join(e.Close(), os.Remove(to), q.Close()))
	}
}

// TestNoteLinked checks that a Note does not change a backup, and that the lock stays.
func TestNoteLinked(t *testing.T) {
	t.Parallel()
	q := realQueue(t, Options{}, Ready)
	before, err := os.ReadFile(q.EntryPath(testID(0), Ready))
	must(t, err)
	backup := filepath.Join(filepath.Dir(q.Path()), "backup")
	must(t, os.Link(q.EntryPath(testID(0), Ready), backup))
	c := claimFirst(t, q)
	for n := range 3 {
		must(t, c.Note(message.Setting{Key: "done", Value: n}))
	}
	if after, _ := os.ReadFile(backup); string(after) != string(before) {
		t.Error("the backup has changed")
	}
	if number(t, c.Content, "done") != 2 {
		t.Error("the note is missing")
	}
	must(t, q.Restore(RestoreOptions{MaxRestores: 3}, func(_ Outcome, err error) {
		if !errors.Is(err, ErrBusy) {
			t.Errorf("restored: %v", err)
		}
	}))
	_, err = c.Shunt(message.Setting{Key: "why", Value: "550 no"})
	must(t, err)
	expectNames(t, q.Path(), "")
}

// TestNoteChanged checks that a Note refuses an entry that another program has changed.
func TestNoteChanged(t *testing.T) {
	t.Parallel()
	q := realQueue(t, Options{}, Ready)
	c := claimFirst(t, q)
	f, err := os.OpenFile(c.Path(), os.O_RDWR, 0)
	must(t, err)
	_, err = f.WriteAt([]byte{'U'}, c.Content.MetaEnd-1)
	must(t, errors.Join(err, f.Close()))
	if err := c.Note(message.Setting{Key: "done", Value: 1}); !errors.Is(err, ErrState) {
		t.Errorf("%v", err)
	}
}

// TestNotesAtOnce notes many claims of one queue at once.
func TestNotesAtOnce(t *testing.T) {
	t.Parallel()
	q := realQueue(t, Options{Trace: func(Event) {}, Describe: true}, Ready, Ready, Ready, Ready)
	var all sync.WaitGroup
	for n := range 4 {
		c, err := q.Dequeue(testID(n))
		must(t, err)
		t.Cleanup(func() { c.Close() })
		all.Go(func() {
			for i := range 30 {
				if err := c.Note(message.Setting{Key: "done", Value: i}); err != nil {
					t.Error(err)
				}
			}
			if _, err := c.Split("refused"); err != nil {
				t.Error(err)
			}
			if _, err := c.Notice("refused", Metadata{}, notice("refused")); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func notice(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, "Subject: notice\n\n"+text+"\n")
		return err
	}
}

// TestSplit checks that a part that is stored twice is there once, whatever became of it.
func TestSplit(t *testing.T) {
	t.Parallel()
	for _, d := range []message.Dialect{message.Mailman2, message.Mailman3} {
		q := realQueue(t, Options{})
		writeEntry(t, q.Path(), testID(0), Ready, entryFile(d, mailText(0), counted(1)))
		c := claimFirst(t, q)
		must(t, c.Note(message.Setting{Key: "done", Value: 1}))
		path, err := c.Split("refused", message.Setting{Key: "recips", Value: []string{"a@b"}})
		must(t, err)
		shunt, err := Open(filepath.Dir(path), Options{})
		must(t, err)
		id, s := SplitName(filepath.Base(path))
		e, err := shunt.Read(id, s)
		must(t, err)
		var text strings.Builder
		must(t, e.Content.WriteMessage(&text))
		if s != Ready || id == testID(0) || id.Seconds() != testID(0).Seconds() || e.Content.WhichQueue() != q.origin(c.Content) ||
			e.Content.Restores() != 0 || texts(t, e.Content, "recips") != "a@b" || number(t, e.Content, "done") != 1 || text.String() != mailText(0) {
			t.Errorf("%v: %s with whichq %q", d, path, e.Content.WhichQueue())
		}
		e.Close()
		if number(t, c.Content, countKey) != 1 || c.Content.Value("recips") != nil {
			t.Error("the claimed entry has changed")
		}
		claimed, err := shunt.Dequeue(id)
		must(t, err)
		for want, part := range map[string]string{claimed.Path(): "refused", "": "given up"} {
			again, err := c.Split(part)
			must(t, err)
			if want != "" && again != want || want == "" && again == path {
				t.Errorf("part %s is %s", part, again)
			}
		}
		if list, err := idsOf(shunt.List(nil, Ready)); len(list) != 1 {
			t.Errorf("%d entries are ready, %v", len(list), err)
		}
		must(t, claimed.Close())
		must(t, os.WriteFile(claimed.Path(), entryFile(d, mailText(1)), 0o600))
		if _, err := c.Split("refused"); !errors.Is(err, ErrConflict) {
			t.Errorf("over another message: %v", err)
		}
		must(t, shunt.Close())
	}
}

// TestNotice checks that a notice that is stored twice is there once, right after its entry.
func TestNotice(t *testing.T) {
	t.Parallel()
	for _, d := range []message.Dialect{message.Mailman2, message.Mailman3} {
		q := realQueue(t, Options{})
		writeEntry(t, q.Path(), testID(0), Ready, entryFile(d, mailText(0)))
		c := claimFirst(t, q)
		if _, err := c.Notice("refused", Metadata{}, func(w io.Writer) error {
			notice("half of it")(w)
			return io.ErrUnexpectedEOF
		}); err != io.ErrUnexpectedEOF {
			t.Errorf("%v", err)
		}
		expectNames(t, q.Path(), "a.bak")
		for n := range 2 {
			path, err := c.Notice("refused", Metadata{Items: []message.Item{{Key: "envsender", Value: ""}}}, notice(fmt.Sprint(n)))
			must(t, err)
			id, s := SplitName(filepath.Base(path))
			e, err := q.Read(id, s)
			must(t, err)
			var text strings.Builder
			must(t, e.Content.WriteMessage(&text))
			if e.Content.Dialect() != d || text.String() != "Subject: notice\n\n0\n" || id.Compare(c.ID) <= 0 || e.Content.Value("envsender") == nil {
				t.Errorf("%v: %s, %q", d, path, text.String())
			}
			e.Close()
		}
		if list, err := idsOf(q.List(nil, Ready)); len(list) != 1 {
			t.Errorf("%d entries are ready, %v", len(list), err)
		}
	}
}
