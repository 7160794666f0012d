package maildir

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)

func open(t *testing.T, path string) *Dir {
	t.Helper()
	d, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func (d *Dir) add(t *testing.T, name, text string) {
	t.Helper()
	m, err := d.Create(name, noon)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	m.Commit()
}

// flush delivers, and returns what it tells of each message, below the Maildir.
func (d *Dir) flush(t *testing.T) (told []string) {
	t.Helper()
	if err := d.Flush(func(path string, err error) {
		line := strings.TrimPrefix(path, d.path+"/")
		if err != nil {
			line += ": " + err.Error()
		}
		told = append(told, line)
	}); err != nil {
		t.Fatal(err)
	}
	return told
}

// files returns the files and their content.
func files(t *testing.T, dir string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		all = append(all, strings.TrimPrefix(path, dir+"/")+"="+string(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestDeliver(t *testing.T) {
	t.Parallel()
	box := filepath.Join(t.TempDir(), "box")
	d := open(t, box+"/")
	d.add(t, "1.5+ab", "one\r\n\x00")
	d.add(t, ".x/y:z", "")
	if got := files(t, box+"/new"); len(got) > 0 {
		t.Errorf("%q is there before Flush", got)
	}
	if got, want := d.flush(t), []string{"new/1.5+ab", `new/\056x\057y\072z`}; !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
	if got, want := files(t, box), []string{"new/1.5+ab=one\r\n\x00", `new/\056x\057y\072z=`}; !slices.Equal(got, want) {
		t.Errorf("it has %q, want %q", got, want)
	}
	for path, mode := range map[string]fs.FileMode{"": 0o700, "tmp": 0o700, "new": 0o700, "cur": 0o700, "new/1.5+ab": 0o600} {
		if st, err := os.Stat(filepath.Join(box, path)); err != nil || st.Mode().Perm() != mode {
			t.Errorf("%s: mode %v, %v", path, st.Mode(), err)
		}
	}
	if st, err := os.Stat(box + "/new/1.5+ab"); err != nil || !st.ModTime().Equal(noon) {
		t.Errorf("its time is %v, %v", st.ModTime(), err)
	}
}

// TestAgain delivers the same messages again, once a mail reader has seen one, and others of
// the same names.
func TestAgain(t *testing.T) {
	t.Parallel()
	box := filepath.Join(t.TempDir(), "box")
	d := open(t, box)
	d.add(t, "a", "one")
	d.add(t, "b", "two")
	d.add(t, "b", "two")
	d.add(t, "b", "twice")
	if got, want := d.flush(t), []string{"new/a", "new/b", "new/b", "new/b: " + ErrDiffers.Error()}; !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
	for _, seen := range []string{"a:2,", "a:2,S"} {
		if err := os.Rename(files1(t, box, "a"), filepath.Join(box, "cur", seen)); err != nil {
			t.Fatal(err)
		}
		for _, d := range []*Dir{d, open(t, box)} {
			d.add(t, "a", "one")
			d.add(t, "a", "eno")
			d.add(t, "b", "two")
			if got, want := d.flush(t), []string{"cur/" + seen, "cur/" + seen + ": " + ErrDiffers.Error(), "new/b"}; !slices.Equal(got, want) {
				t.Errorf("told %q, want %q", got, want)
			}
		}
	}
	if got, want := files(t, box), []string{"cur/a:2,S=one", "new/b=two"}; !slices.Equal(got, want) {
		t.Errorf("it has %q, want %q", got, want)
	}
}

// files1 returns the only file whose name begins so.
func files1(t *testing.T, box, name string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(box, "*", name+"*"))
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	return found[0]
}

// TestStrange has something that is not a message under the name of one.
func TestStrange(t *testing.T) {
	t.Parallel()
	box := filepath.Join(t.TempDir(), "box")
	d := open(t, box)
	if err := os.Symlink("/etc/passwd", filepath.Join(box, "new/link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(box, "new/dir"), 0o700); err != nil {
		t.Fatal(err)
	}
	d.add(t, "link", "text")
	d.add(t, "dir", "text")
	if got, want := d.flush(t), []string{"new/link: " + ErrDiffers.Error(), "new/dir: " + ErrDiffers.Error()}; !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
}

// TestAbort leaves nothing in tmp.
func TestAbort(t *testing.T) {
	t.Parallel()
	box := filepath.Join(t.TempDir(), "box")
	d := open(t, box)
	m, err := d.Create("a", noon)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Abort(); err != nil {
		t.Fatal(err)
	}
	d.add(t, "b", "text")
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if got := files(t, box); len(got) > 0 {
		t.Errorf("it has %q", got)
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"file", "queue/1.5+ab.pck", "mail/dovecot.index", "mail/new/a", "mail/cur/b", "mail/tmp/c", "odd/new"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// A run was killed while it made this one.
	if err := os.MkdirAll(filepath.Join(dir, "begun/tmp"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "linked/cur"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("cur", filepath.Join(dir, "linked/tmp")); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]error{
		"odd": ErrCreate, "linked": ErrCreate,
		"file": errors.ErrUnsupported, "queue": ErrNotMaildir, "nosuch/box": errNoParent,
		"mail": nil, "begun": nil, "fresh": nil,
	} {
		d, err := Open(filepath.Join(dir, name))
		switch {
		case err == nil:
			d.add(t, "x", "text")
			if got := d.flush(t); !slices.Equal(got, []string{"new/x"}) {
				t.Errorf("%s: told %q", name, got)
			}
			d.Close()
		case want == nil, want != errors.ErrUnsupported && !errors.Is(err, want):
			t.Errorf("%s: %v", name, err)
		}
		if _, ok := errors.AsType[*Error](err); ok != (want != nil) {
			t.Errorf("%s: %v is not of type Error", name, err)
		}
	}
}
