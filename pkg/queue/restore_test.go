package queue

import (
	"errors"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/disk/fakedisk"
)

// outcomes restores, and returns what was reported for each entry.
func outcomes(t *testing.T, d *Dir, o RestoreOptions) map[ID]outcomeOf {
	t.Helper()
	told := make(map[ID]outcomeOf)
	must(t, d.Restore(o, func(r Outcome, err error) { told[r.ID] = outcomeOf{r, err} }))
	return told
}

type outcomeOf struct {
	Outcome
	err error
}

func TestRestoreThrice(t *testing.T) {
	t.Parallel()
	for _, format := range []message.Dialect{message.Mailman2, message.Mailman3} {
		d := realQueue(t, Options{})
		id := testID(0)
		file := writeEntry(t, d.Path(), id, InFlight, entryFile(format, mailText(0)))
		must(t, os.Chmod(file, 0o640))
		for count := 1; count <= 3; count++ {
			told := outcomes(t, d, RestoreOptions{MaxRestores: 3})[id]
			must(t, told.err)
			if told.Restores != count || told.Preserved != (count == 3) || told.Unreadable {
				t.Fatalf("restore %d was told as %+v", count, told)
			}
			q := d
			if count == 3 {
				var err error
				q, err = Open(bad(d), Options{})
				must(t, err)
				defer q.Close()
			}
			e := entryAt(t, q, told.To)
			if e.Content.Restores() != count || messageOf(t, e) != mailText(0) || e.Info.Mode() != 0o640 {
				t.Fatalf("restore %d: count %d, mode %o, %q", count, e.Content.Restores(), e.Info.Mode(), messageOf(t, e))
			}
			if count < 3 {
				c, err := d.Dequeue(id)
				must(t, err)
				must(t, c.Close())
			}
		}
		expectNames(t, d.Path(), "")
	}
}

func TestRestoreLimits(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ limit, count, want int }{
		{1, 0, 1}, {2, 0, 1}, {0, 0, 1}, {0, 7, 8}, {0, 254, 255}, {0, 255, 255}, {300, 255, 255}, {3, 5, 5}, {255, 254, 255},
	} {
		d := realQueue(t, Options{})
		writeEntry(t, d.Path(), testID(0), InFlight, entryFile(message.Mailman2, mailText(0), counted(test.count)))
		told := outcomes(t, d, RestoreOptions{MaxRestores: test.limit})[testID(0)]
		must(t, told.err)
		if told.Restores != test.want || told.Preserved != (test.limit > 0 && test.want >= test.limit) {
			t.Errorf("of %+v was made %+v", test, told.Outcome)
		}
	}
}

// TestRestoreCutsOff checks that bytes after the second pickle are ignored, and that they
// are removed when something else is to be written there.
func TestRestoreCutsOff(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{})
	file := entryFile(message.Mailman2, mailText(0))
	path := writeEntry(t, d.Path(), testID(0), InFlight, append(slices.Clone(file), make([]byte, 5000)...))
	must(t, outcomes(t, d, RestoreOptions{})[testID(0)].err)
	st, err := os.Stat(strings.TrimSuffix(path, InFlight.Ext()) + Ready.Ext())
	must(t, err)
	if st.Size() < int64(len(file)) || st.Size() > int64(len(file))+40 {
		t.Errorf("%d bytes became %d", len(file), st.Size())
	}
}

func TestRestoreLeavesAlone(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{}, InFlight, InFlight, InFlight, Ready)
	writeEntry(t, d.Path(), testID(1), Ready, []byte("another of that name"))
	held, err := d.Dequeue(testID(3))
	must(t, err)
	told := outcomes(t, d, RestoreOptions{MaxRestores: 3})
	for n, want := range []error{nil, ErrConflict, nil, ErrBusy} {
		if err := told[testID(n)].err; !errors.Is(err, want) {
			t.Errorf("entry %d: %v", n, err)
		}
	}
	expectNames(t, d.Path(), "a.pck b.bak b.pck c.pck d.bak")
	for _, n := range []int{1, 3} {
		content, err := os.ReadFile(d.EntryPath(testID(n), InFlight))
		must(t, err)
		if string(content) != string(entryFile(message.Mailman2, mailText(n))) {
			t.Errorf("entry %d was left alone, and is another", n)
		}
	}
	must(t, held.Close())
	if err := outcomes(t, d, RestoreOptions{MaxRestores: 3})[testID(3)].err; err != nil {
		t.Errorf("after its lock is gone: %v", err)
	}
}

// TestRestoreSwapped has another file take the entry's name after Restore opened the
// entry and before it has the lock. Neither file may be touched.
func TestRestoreSwapped(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.add(inFlight, &mail{})
	was := w.disk.Lookup(inFlight.path(testID(0)))
	other := w.disk.Put("/q/other", entryFile(message.Mailman2, "another"), 0, 0)
	before, otherBefore := string(was.Data), string(other.Data)
	w.disk.Hook = func(c fakedisk.Call) fakedisk.Verdict {
		if c.Op == "lock" {
			w.disk.Mu.Lock()
			w.disk.Set(fakedisk.Slot{Dir: w.disk.Lookup("/q/in"), Name: testID(0).Name(InFlight), File: other})
			w.disk.Mu.Unlock()
		}
		return fakedisk.Verdict{}
	}
	d, err := w.open("/q/in", Options{})
	must(t, err)
	d.RestoreEntries([]ID{testID(0)}, RestoreOptions{MaxRestores: 3}, func(_ Outcome, err error) {
		if !errors.Is(err, ErrState) {
			t.Errorf("restored: %v", err)
		}
	})
	if string(was.Data) != before || string(other.Data) != otherBefore || w.disk.Lookup(inFlight.path(testID(0))) != other {
		t.Errorf("one of them was touched: %q", w.disk.Tree())
	}
}

// TestRestoreShared checks that a lock that a child inherits is kept for as long as the
// child lives, even if the claimer closed its own descriptor.
func TestRestoreShared(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{}, Ready)
	c, err := d.Dequeue(testID(0))
	must(t, err)
	fd, _ := c.Fd()
	twin, err := syscall.Dup(int(fd))
	must(t, err)
	must(t, c.Close())
	if err := outcomes(t, d, RestoreOptions{})[testID(0)].err; !errors.Is(err, ErrBusy) {
		t.Errorf("while a child has it: %v", err)
	}
	must(t, syscall.Close(twin))
	if err := outcomes(t, d, RestoreOptions{})[testID(0)].err; err != nil {
		t.Errorf("after the child's end: %v", err)
	}
}

func TestRestoreMinAge(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.add(inFlight, &mail{})
	d, err := w.open("/q/in", Options{})
	must(t, err)
	for _, step := range []struct {
		sleep, minAge time.Duration
		want          error
	}{
		{0, time.Minute, ErrRecent},
		{59 * time.Second, time.Minute, ErrRecent},
		{-89 * time.Second, time.Second, ErrRecent}, // the clock was set back by a little
		{91 * time.Second, time.Minute, nil},
	} {
		w.disk.Sleep(step.sleep)
		if err := outcomes(t, d, RestoreOptions{MinAge: step.minAge})[testID(0)].err; !errors.Is(err, step.want) {
			t.Errorf("%+v: %v", step, err)
		}
	}
	// The age is that of the claim, not of the content.
	c, err := d.Dequeue(testID(0))
	must(t, err)
	must(t, c.Close())
	if err := outcomes(t, d, RestoreOptions{MinAge: time.Minute})[testID(0)].err; !errors.Is(err, ErrRecent) {
		t.Errorf("just claimed: %v", err)
	}
	w.disk.Sleep(-time.Hour)
	if err := outcomes(t, d, RestoreOptions{})[testID(0)].err; err != nil {
		t.Errorf("without an age, the clock being set back: %v", err)
	}
}

func TestRestoreDryRun(t *testing.T) {
	t.Parallel()
	w := newWorld()
	for n := range 3 {
		w.add(inFlight, &mail{restores: n})
	}
	w.add(inFlight, &mail{unreadable: true, file: []byte("garbage")})
	w.disk.Link(inFlight.path(testID(1)), "/q/backup")
	d, err := w.open("/q/in", Options{})
	must(t, err)
	version := w.disk.Version
	told := outcomes(t, d, RestoreOptions{MaxRestores: 3, DryRun: true})
	if w.disk.Version != version {
		t.Error("it changed something")
	}
	for n, want := range []Outcome{
		{To: "/q/in/" + testID(0).Name(Ready), Restores: 1},
		{To: "/q/in/" + testID(1).Name(Ready), Restores: 2},
		{To: "/q/bad/" + testID(2).Name(Preserved), Restores: 3, Preserved: true},
		{To: "/q/bad/" + testID(3).Name(Preserved), Preserved: true, Unreadable: true},
	} {
		want.ID, want.From = testID(n), "/q/in/"+testID(n).Name(InFlight)
		if got := told[testID(n)]; got.err != nil || got.Outcome != want {
			t.Errorf("entry %d: %+v, %v", n, got.Outcome, got.err)
		}
	}
}

func TestRestoreSlicesAndNames(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{}, InFlight, InFlight, InFlight, InFlight, Ready)
	for i := range uint64(4) {
		s := Slice{i, 4}
		for id := range outcomes(t, d, RestoreOptions{Slice: s}) {
			if !s.Filter()(id) {
				t.Errorf("%s is not in %v", id, s)
			}
		}
	}
	expectNames(t, d.Path(), "a.pck b.pck c.pck d.pck e.pck")
	told := map[ID]error{}
	d.RestoreEntries([]ID{testID(0), testID(9)}, RestoreOptions{}, func(r Outcome, err error) { told[r.ID] = err })
	if len(told) != 2 || !errors.Is(told[testID(0)], ErrState) || !errors.Is(told[testID(9)], ErrState) {
		t.Errorf("what is not in flight: %v", told)
	}
}

// TestRestoreCost checks that a batch needs three syncs, and that a long message needs no
// more reading or writing than a short one.
func TestRestoreCost(t *testing.T) {
	t.Parallel()
	cost := func(n int, text string) (syncs, calls int) {
		w := newWorld()
		for range n {
			w.add(inFlight, &mail{text: mailText(len(w.mails)) + text})
		}
		w.disk.Hook = func(c fakedisk.Call) fakedisk.Verdict {
			calls++
			if c.Op == "sync" || c.Op == "syncfs" || c.Op == "syncdir" {
				syncs++
			}
			return fakedisk.Verdict{}
		}
		must(t, restoreAll(w))
		return syncs, calls
	}
	if syncs, _ := cost(1, ""); syncs != 3 {
		t.Errorf("one entry: %d syncs", syncs)
	}
	if syncs, _ := cost(largestGroup, ""); syncs != 3 {
		t.Errorf("%d entries: %d syncs", largestGroup, syncs)
	}
	_, short := cost(1, "")
	_, long := cost(1, string(make([]byte, 8<<20)))
	if long > short+8 {
		t.Errorf("%d calls for a short message, %d for a long one", short, long)
	}
}
