package queue

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"switchboard/pkg/message"
)

// release releases one entry to a queue.
func release(d *Dir, id ID, from State, to *Dir, dryRun bool) (one Outcome, failed error) {
	o := ReleaseOptions{From: from, DryRun: dryRun, Target: func(ID, *message.Content) (Queue, error) { return to, nil }}
	d.ReleaseEntries([]ID{id}, o, func(r Outcome, err error) { one, failed = r, err })
	return one, failed
}

// readContent returns an entry's content, which stays readable until the test ends.
func readContent(t *testing.T, d *Dir, id ID, s State) *message.Content {
	t.Helper()
	e, err := d.Read(id, s)
	must(t, err)
	t.Cleanup(func() { e.Close() })
	return e.Content
}

func TestReleaseOrigin(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	for _, name := range []string{"in", "out", "bad", "elsewhere", "elsewhere/in"} {
		must(t, os.Mkdir(filepath.Join(base, name), 0o700))
	}
	must(t, os.WriteFile(filepath.Join(base, "file"), nil, 0o600))
	must(t, os.Symlink(".", filepath.Join(base, "self")))
	d, err := Open(filepath.Join(base, "bad"), Options{})
	must(t, err)
	defer d.Close()
	known := map[string]Known{"known": {Path: filepath.Join(base, "elsewhere/in")}, "out": {Path: filepath.Join(base, "elsewhere")}}
	for n, test := range []struct{ which, want string }{
		{"in", base + "/in"}, {base + "/in", base + "/in"}, {base + "/out", base + "/out"}, {"out", base + "/out"},
		{base + "/self/in", base + "/in"},
		{"known", base + "/elsewhere/in"}, {base + "/elsewhere/in", base + "/elsewhere/in"},
		{"", ""}, {"bad", ""}, {base + "/bad", ""}, {"nowhere", ""}, {"file", ""}, {"..", ""}, {".", ""}, {"/", ""},
		{"../../etc", ""}, {"/etc", ""}, {base + "/elsewhere/out", base + "/out"}, {"/gone/in", base + "/in"}, {"/gone/bad", ""}, {"/gone/shunt", ""}, {"/gone/file", ""}, {base + "/elsewhere", base + "/elsewhere"}, {"in\x00", ""}, {"../in", ""},
		{base + "/elsewhere/../in", base + "/in"}, {base + "/in/", base + "/in"},
	} {
		id := testID(n)
		writeEntry(t, d.Path(), id, Preserved, entryFile(message.Mailman2, mailText(n), message.Item{Key: "whichq", Value: test.which}))
		got, err := d.Origin(id, Preserved, readContent(t, d, id, Preserved), known)
		if got.Path != test.want || (err != nil) != (test.want == "") || err != nil && !errors.Is(err, ErrOrigin) {
			t.Errorf("whichq %q is %q (%v), not %q", test.which, got.Path, err, test.want)
		}
	}
}

func TestRelease(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{})
	badDir, err := Create(bad(d), Options{})
	must(t, err)
	defer badDir.Close()
	for n := range 5 {
		writeEntry(t, bad(d), testID(n), Preserved, entryFile(message.Mailman2, mailText(n), counted(n)))
	}
	writeEntry(t, bad(d), testID(1), Preserved, []byte("garbage"))
	writeEntry(t, d.Path(), testID(3), Ready, []byte("another of that name"))
	writeEntry(t, d.Path(), testID(4), InFlight, []byte("another of that name"))
	if _, err := release(badDir, testID(2), Preserved, d, true); err != nil {
		t.Errorf("tried: %v", err)
	}
	for n, want := range []error{nil, ErrMalformed, nil, ErrConflict, ErrConflict, ErrState} {
		r, err := release(badDir, testID(n), Preserved, d, false)
		if !errors.Is(err, want) || want == nil && err != nil {
			t.Errorf("entry %d: %v", n, err)
		}
		if want == nil && (entryAt(t, d, r.To).Content.Restores() != 0 || messageOf(t, entryAt(t, d, r.To)) != mailText(n)) {
			t.Errorf("entry %d was restored %d times", n, entryAt(t, d, r.To).Content.Restores())
		}
	}
	expectNames(t, d.Path(), "a.pck c.pck d.pck e.bak")
	expectNames(t, bad(d), "b.psv d.psv e.psv")
}

// TestUnshunt releases a ready entry from the shunt queue, where entries are kept ready.
func TestUnshunt(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{})
	shunt, err := Create(filepath.Join(filepath.Dir(d.Path()), "shunt"), Options{})
	must(t, err)
	defer shunt.Close()
	writeEntry(t, shunt.Path(), testID(0), Ready, entryFile(message.Mailman3, mailText(0), counted(2), message.Item{Key: "whichq", Value: "in"}))
	origin, err := shunt.Origin(testID(0), Ready, readContent(t, shunt, testID(0), Ready), nil)
	must(t, err)
	if origin.Path != d.Path() {
		t.Errorf("it came from %s", origin.Path)
	}
	_, err = release(shunt, testID(0), Ready, d, false)
	must(t, err)
	expectNames(t, d.Path(), "a.pck")
	expectNames(t, shunt.Path(), "")
}

// TestReleaseGroup releases more entries than may be open at once. A few of them cannot
// be released and must stay. Each entry must be reported once.
func TestReleaseGroup(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{NoSync: true})
	shunt, err := Create(filepath.Join(filepath.Dir(d.Path()), "shunt"), Options{NoSync: true})
	must(t, err)
	defer shunt.Close()
	const n = largestGroup + 100
	stays := map[ID]error{groupID(5): ErrMalformed, groupID(largestGroup): ErrOrigin, groupID(n - 1): ErrConflict}
	for i := range n {
		file := entryFile(message.Mailman2, mailText(i), counted(i%4))
		if stays[groupID(i)] == ErrMalformed {
			file = []byte("garbage")
		}
		writeEntry(t, shunt.Path(), groupID(i), Ready, file)
	}
	writeEntry(t, d.Path(), groupID(n-1), InFlight, []byte("another of that name"))
	told := make(map[ID]bool)
	must(t, shunt.Release(ReleaseOptions{From: Ready, Target: func(id ID, c *message.Content) (Queue, error) {
		if stays[id] == ErrOrigin {
			return nil, ErrOrigin
		}
		return d, nil
	}}, func(r Outcome, err error) {
		if want := stays[r.ID]; told[r.ID] || !errors.Is(err, want) || err != nil && want == nil {
			t.Errorf("%s: %v, want %v; told before: %v", r.ID, err, want, told[r.ID])
		}
		told[r.ID] = true
	}))
	if left, err := idsOf(shunt.List(nil, Ready)); err != nil || len(left) != len(stays) || len(told) != n {
		t.Errorf("%d are left, %d were told, %v", len(left), len(told), err)
	}
	if gone, err := idsOf(d.List(nil, Ready)); err != nil || len(gone) != n-len(stays) {
		t.Errorf("%d are back, %v", len(gone), err)
	}
}

// groupID returns the ID of one of thousands of entries.
func groupID(i int) ID { return NewID(1e9+float64(i), [20]byte{byte(i), byte(i >> 8)}) }
