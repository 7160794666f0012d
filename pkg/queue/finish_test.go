package queue

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/disk"
	"switchboard/pkg/queue/internal/disk/disktest"
)

func bad(d *Dir) string { return filepath.Join(filepath.Dir(d.Path()), "bad") }

func TestFinish(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{}, InFlight, Ready, Preserved)
	writeEntry(t, d.Path(), testID(0), Ready, []byte("another of that name"))
	must(t, d.Finish(testID(0)))
	must(t, d.Sync())
	expectNames(t, d.Path(), "a.pck b.pck c.psv")
	for n := range 4 {
		if err := d.Finish(testID(n)); !errors.Is(err, ErrState) {
			t.Errorf("entry %d: %v", n, err)
		}
	}
	expectNames(t, d.Path(), "a.pck b.pck c.psv")
}

func TestRequeue(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{}, InFlight, InFlight, Ready)
	writeEntry(t, d.Path(), testID(1), Ready, []byte("another of that name"))
	before, err := os.ReadFile(d.EntryPath(testID(0), InFlight))
	must(t, err)
	must(t, d.Requeue(testID(0)))
	after, err := os.ReadFile(d.EntryPath(testID(0), Ready))
	must(t, err)
	if string(before) != string(after) {
		t.Error("it was changed")
	}
	if err := d.Requeue(testID(1)); !errors.Is(err, ErrConflict) {
		t.Errorf("over another file: %v", err)
	}
	if err := d.Requeue(testID(2)); !errors.Is(err, ErrState) {
		t.Errorf("what is ready: %v", err)
	}
	expectNames(t, d.Path(), "a.pck b.bak b.pck c.pck")
}

// TestPreserve preserves entries, also on another filesystem if there is one.
func TestPreserve(t *testing.T) {
	t.Parallel()
	places := map[string]string{"": "the sibling bad"}
	if far := disktest.OtherFilesystem(t); far != "" {
		places[filepath.Join(far, "aside")] = "another filesystem"
	} else {
		t.Log("there is no other filesystem")
	}
	for path, what := range places {
		for _, format := range []message.Dialect{message.Mailman2, message.Mailman3} {
			d := realQueue(t, Options{Bad: path})
			id := testID(int(format))
			file := writeEntry(t, d.Path(), id, InFlight, entryFile(format, mailText(0)))
			must(t, os.Chmod(file, 0o640))
			to, err := d.Preserve(id)
			must(t, err)
			badPath := bad(d)
			if path != "" {
				badPath = path
			}
			if to != filepath.Join(badPath, id.Name(Preserved)) {
				t.Errorf("%s: it is said to be %s", what, to)
			}
			expectNames(t, d.Path(), "")
			q, err := Open(badPath, Options{})
			must(t, err)
			e := entryAt(t, q, to)
			must(t, q.Close())
			want := d.Path()
			if format == message.Mailman3 {
				want = "in"
			}
			if got := e.Content.WhichQueue(); got != want {
				t.Errorf("%s: it came from %q, not %q", what, got, want)
			}
			if e.Info.Mode() != 0o640 || messageOf(t, e) != mailText(0) {
				t.Errorf("%s: mode %o, %q", what, e.Info.Mode(), messageOf(t, e))
			}
			if _, err := d.Preserve(id); !errors.Is(err, ErrState) {
				t.Errorf("%s: preserved twice: %v", what, err)
			}
		}
	}
}

func TestPreserveConflict(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{}, InFlight)
	must(t, os.Mkdir(bad(d), 0o700))
	writeEntry(t, bad(d), testID(0), Preserved, []byte("another of that name"))
	if _, err := d.Preserve(testID(0)); !errors.Is(err, ErrConflict) {
		t.Errorf("over another file: %v", err)
	}
	expectNames(t, d.Path(), "a.bak")
	expectNames(t, bad(d), "a.psv")
}

// TestPreserveFarConflict checks a conflict on another filesystem: the file there stays,
// and the entry stays in flight, however alike the two are. Only a copy that an earlier
// try left is recognized.
func TestPreserveFarConflict(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func([]byte) []byte{
		"equal":     func(b []byte) []byte { return b },
		"shorter":   func(b []byte) []byte { return b[:len(b)-1] },
		"other":     func(b []byte) []byte { c := slices.Clone(b); c[10]++; return c },
		"other end": func(b []byte) []byte { c := slices.Clone(b); c[len(c)-1]++; return c },
	} {
		w := newWorld()
		file := entryFile(message.Mailman2, strings.Repeat("x", 100_000), message.Item{Key: "whichq", Value: "/q/in"})
		w.disk.Put(inFlight.path(testID(0)), file, listUID, listGID)
		w.disk.Put(farAway.path(testID(0)), change(file), listUID, listGID)
		d, err := w.open("/q/in", Options{Bad: farAway.dir})
		must(t, err)
		_, err = d.Preserve(testID(0))
		left := w.disk.Lookup(inFlight.path(testID(0))) != nil
		if there := w.disk.Lookup(farAway.path(testID(0))); there == nil || string(there.Data) != string(change(file)) {
			t.Errorf("%s: what was there is another", name)
		}
		if (name == "equal") == left || left != errors.Is(err, ErrConflict) {
			t.Errorf("%s: still in flight: %v, %v", name, left, err)
		}
		if debris := w.temporary(); debris != "" {
			t.Errorf("%s: %s was left", name, debris)
		}
	}
}

// TestPreserveLink checks that a backup that is a hard link keeps its bytes, and that
// Preserve does not refuse an entry because its caller holds the lock.
func TestPreserveLink(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{}, InFlight, InFlight)
	backup := filepath.Join(filepath.Dir(d.Path()), "backup")
	must(t, os.Link(d.EntryPath(testID(0), InFlight), backup))
	before, err := os.ReadFile(backup)
	must(t, err)
	held, err := os.Open(d.EntryPath(testID(1), InFlight))
	must(t, err)
	defer held.Close()
	must(t, syscall.Flock(int(held.Fd()), syscall.LOCK_EX))
	for n := range 2 {
		_, err = d.Preserve(testID(n))
		must(t, err)
	}
	after, err := os.ReadFile(backup)
	must(t, err)
	if string(before) != string(after) {
		t.Error("the backup was changed")
	}
	expectNames(t, d.Path(), "")
	expectNames(t, bad(d), "a.psv b.psv")
}

// TestNoBadQueue checks that an entry that cannot be preserved stays in flight.
func TestNoBadQueue(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{}, InFlight)
	must(t, os.WriteFile(bad(d), nil, 0o600))
	if _, err := d.Preserve(testID(0)); err == nil {
		t.Error("it was preserved in a file")
	}
	expectNames(t, d.Path(), "a.bak")
	failed := 0
	must(t, d.Restore(RestoreOptions{MaxRestores: 1}, func(r Outcome, err error) {
		if err != nil {
			failed++
		}
	}))
	if failed != 1 {
		t.Error("it was restored into a file")
	}
	expectNames(t, d.Path(), "a.bak")
}

func TestCreate(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	d, err := Create(filepath.Join(base, "in"), Options{})
	must(t, err)
	must(t, d.Close())
	st, err := os.Stat(filepath.Join(base, "in"))
	must(t, err)
	if st.Mode() != os.ModeDir|os.ModeSetgid|0o770 {
		t.Errorf("made with mode %v", st.Mode())
	}
	must(t, os.Chmod(filepath.Join(base, "in"), 0o700))
	d, err = Create(filepath.Join(base, "in"), Options{})
	must(t, err)
	must(t, d.Close())
	if st, err = os.Stat(filepath.Join(base, "in")); err != nil || st.Mode().Perm() != 0o700 {
		t.Errorf("one that was there has mode %v, %v", st.Mode(), err)
	}
	if _, err := Create(filepath.Join(base, "no", "in"), Options{}); !errors.Is(err, ErrCreate) || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without a parent: %v", err)
	}
	if _, err := Open(filepath.Join(base, "no"), Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no queue: %v", err)
	}
	must(t, os.WriteFile(filepath.Join(base, "file"), nil, 0o600))
	if _, err := Open(filepath.Join(base, "file"), Options{}); !errors.Is(err, disk.ErrNotDir) {
		t.Errorf("a file: %v", err)
	}
	must(t, syscall.Mkfifo(filepath.Join(base, "fifo"), 0o600))
	if _, err := Open(filepath.Join(base, "fifo"), Options{}); !errors.Is(err, disk.ErrNotDir) {
		t.Errorf("a FIFO: %v", err)
	}
	must(t, os.Symlink("in", filepath.Join(base, "link")))
	d, err = Open(filepath.Join(base, "link"), Options{})
	must(t, err)
	must(t, d.Close())
}
