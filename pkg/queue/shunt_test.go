package queue

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"switchboard/pkg/message"
)

// shuntQueue makes the queue directory "shunt" next to a queue.
func shuntQueue(t *testing.T, d *Dir) string {
	t.Helper()
	path := filepath.Join(filepath.Dir(d.Path()), "shunt")
	must(t, os.Mkdir(path, 0o770))
	return path
}

func claimFirst(t *testing.T, d *Dir) *Claim {
	t.Helper()
	c, err := d.Dequeue(testID(0))
	must(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

func TestShuntMakesItsQueue(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{}, Ready)
	to, err := claimFirst(t, d).Shunt()
	must(t, err)
	shunt := filepath.Join(filepath.Dir(d.Path()), "shunt")
	if want := filepath.Join(shunt, testID(0).Name(Ready)); to != want {
		t.Errorf("shunted to %s, not %s", to, want)
	}
	expectNames(t, d.Path(), "")
	expectNames(t, shunt, "a.pck")
	info, err := os.Stat(shunt)
	must(t, err)
	if got := info.Mode() & (os.ModePerm | os.ModeSetgid); got != 0o770|os.ModeSetgid {
		t.Errorf("the shunt queue has mode %v", got)
	}
	e, err := d.shunt.Read(testID(0), Ready)
	must(t, err)
	defer e.Close()
	if e.Content.WhichQueue() != d.Path() {
		t.Errorf("whichq is %q", e.Content.WhichQueue())
	}
}

// TestShuntConflict checks that both files are kept if the shunt queue has another file
// of that name.
func TestShuntConflict(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{}, Ready)
	shunt := shuntQueue(t, d)
	writeEntry(t, shunt, testID(0), Ready, entryFile(message.Mailman2, "another"))
	if _, err := claimFirst(t, d).Shunt(); !errors.Is(err, ErrConflict) {
		t.Errorf("%v, not a conflict", err)
	}
	expectNames(t, d.Path(), "a.bak")
	expectNames(t, shunt, "a.pck")
}

// TestShuntOfItself runs the shunt queue itself, and checks that an entry that fails there
// cannot be shunted again.
func TestShuntOfItself(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{}, Ready)
	d.opt.Shunt = d.Path()
	if _, err := claimFirst(t, d).Shunt(); !errors.Is(err, ErrCreate) {
		t.Errorf("%v", err)
	}
	expectNames(t, d.Path(), "a.bak")
}

// TestShuntOfAnother checks that a claim does not shunt another entry that was stored
// under its name after somebody finished the claimed one.
func TestShuntOfAnother(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{}, Ready)
	c := claimFirst(t, d)
	must(t, os.Remove(c.Path()))
	writeEntry(t, d.Path(), testID(0), InFlight, entryFile(message.Mailman2, "another"))
	if _, err := c.Shunt(); !errors.Is(err, ErrState) {
		t.Errorf("%v", err)
	}
	expectNames(t, d.Path(), "a.bak")
}

// TestRestoreHalfShunted checks what Restore does if the shunt queue has a file with the
// entry's name. An equal copy is left from a move to another filesystem that a crash
// interrupted, and Restore completes the move. A file that differs in a byte is another
// entry. So is any file if the entry has no note of its origin.
func TestRestoreHalfShunted(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name            string
		whichq, differs bool
		in, shunt       string
	}{
		{"equal", true, false, "", "a.pck"},
		{"another", true, true, "a.pck", "a.pck"},
		{"not noted", false, false, "a.pck", "a.pck"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := realQueue(t, Options{})
			shunt := shuntQueue(t, d)
			var extra []message.Item
			if test.whichq {
				extra = append(extra, message.Item{Key: "whichq", Value: d.Path()})
			}
			content := entryFile(message.Mailman2, mailText(0), extra...)
			writeEntry(t, d.Path(), testID(0), InFlight, content)
			other := append([]byte(nil), content...)
			if test.differs {
				other[len(other)/2] ^= 1
			}
			writeEntry(t, shunt, testID(0), Ready, other)
			must(t, d.Restore(RestoreOptions{MaxRestores: 3}, func(r Outcome, err error) {
				must(t, err)
				if r.Interrupted != (test.in == "") {
					t.Errorf("restored %+v", r)
				}
			}))
			expectNames(t, d.Path(), test.in)
			expectNames(t, shunt, test.shunt)
		})
	}
}
