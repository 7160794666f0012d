package queue

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"switchboard/pkg/message"
)

func TestBringBackOrigin(t *testing.T) {
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
	known := map[string]string{"known": filepath.Join(base, "elsewhere/in")}
	for n, test := range []struct{ which, want string }{
		{"in", base + "/in"}, {base + "/in", base + "/in"}, {base + "/out", base + "/out"}, {base + "/self/in", base + "/in"},
		{"known", base + "/elsewhere/in"}, {base + "/elsewhere/in", base + "/elsewhere/in"},
		{"", ""}, {"bad", ""}, {base + "/bad", ""}, {"nowhere", ""}, {"file", ""}, {"..", ""}, {".", ""}, {"/", ""},
		{"../../etc", ""}, {"/etc", ""}, {"/etc/in", ""}, {base + "/elsewhere", base + "/elsewhere"}, {"in\x00", ""}, {"../in", ""},
		{base + "/elsewhere/../in", base + "/in"}, {base + "/in/", base + "/in"},
	} {
		id := testID(n)
		writeEntry(t, d.Path(), id, Preserved, entryFile(message.Mailman2, mailText(n), message.Item{Key: "whichq", Value: test.which}))
		got, err := d.Origin(id, Preserved, known)
		if got != test.want || (err != nil) != (test.want == "") || err != nil && !errors.Is(err, ErrOrigin) {
			t.Errorf("whichq %q is %q (%v), not %q", test.which, got, err, test.want)
		}
	}
}

func TestBringBack(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{})
	aside, err := Create(bad(d), Options{})
	must(t, err)
	defer aside.Close()
	for n := range 5 {
		writeEntry(t, bad(d), testID(n), Preserved, entryFile(message.Mailman2, mailText(n), counted(n)))
	}
	writeEntry(t, bad(d), testID(1), Preserved, []byte("garbage"))
	writeEntry(t, d.Path(), testID(3), Ready, []byte("another of that name"))
	writeEntry(t, d.Path(), testID(4), InFlight, []byte("another of that name"))
	if _, err := aside.BringBack(testID(2), Preserved, d, true); err != nil {
		t.Errorf("tried: %v", err)
	}
	for n, want := range []error{nil, ErrMalformed, nil, ErrConflict, ErrConflict, ErrState} {
		r, err := aside.BringBack(testID(n), Preserved, d, false)
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

// TestUnshunt brings a ready entry back, from a queue that keeps them so.
func TestUnshunt(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{})
	shunt, err := Create(filepath.Join(filepath.Dir(d.Path()), "shunt"), Options{})
	must(t, err)
	defer shunt.Close()
	writeEntry(t, shunt.Path(), testID(0), Ready, entryFile(message.Mailman3, mailText(0), counted(2), message.Item{Key: "whichq", Value: "in"}))
	origin, err := shunt.Origin(testID(0), Ready, nil)
	must(t, err)
	if origin != d.Path() {
		t.Errorf("it came from %s", origin)
	}
	_, err = shunt.BringBack(testID(0), Ready, d, false)
	must(t, err)
	expectNames(t, d.Path(), "a.pck")
	expectNames(t, shunt.Path(), "")
}
