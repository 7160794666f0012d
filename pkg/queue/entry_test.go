package queue

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"switchboard/pkg/message"
)

// TestRead checks that an Entry is about the opened file, and that errors name the file.
func TestRead(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{}, Ready, InFlight, Preserved)
	for n, s := range []State{Ready, InFlight, Preserved} {
		e, err := d.Read(testID(n), s)
		must(t, err)
		if messageOf(t, e) != mailText(n) || e.Path() != d.EntryPath(testID(n), s) {
			t.Errorf("%s has %q", e.Path(), messageOf(t, e))
		}
		if uid, gid := e.Info.Owner(); uid != os.Getuid() || gid < 0 || e.Info.ChangeTime().IsZero() || e.Info.Size() == 0 {
			t.Errorf("%s: %+v", e.Path(), e.Info)
		}
		must(t, e.Close())
	}
	writeEntry(t, d.Path(), testID(3), Ready, []byte("garbage"))
	e, err := d.Read(testID(3), Ready)
	if !errors.Is(err, ErrMalformed) || e == nil || e.Content != nil || e.Info.Size() != 7 {
		t.Errorf("garbage is %+v, %v", e, err)
	}
	must(t, e.Close())
	_, err = d.Read(testID(4), InFlight)
	if !errors.Is(err, ErrState) || !strings.HasPrefix(err.Error(), d.EntryPath(testID(4), InFlight)+": not claimed") {
		t.Errorf("what isn't there: %v", err)
	}
}

// TestReadFile reads files that a person named, whatever the files are called.
func TestReadFile(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{}, Ready)
	for _, name := range []string{"copy", "copy.bak", testID(1).Name(Preserved)} {
		must(t, os.WriteFile(d.Join(name), entryFile(message.Mailman2, mailText(1)), 0o600))
	}
	must(t, os.Symlink("copy", d.Join("link")))
	must(t, syscall.Mkfifo(d.Join("fifo"), 0o600))
	must(t, os.Mkdir(d.Join("dir"), 0o700))
	for name, want := range map[string]struct {
		id ID
		s  State
	}{
		"copy": {ID{}, Stray}, "copy.bak": {ID{}, InFlight}, testID(1).Name(Preserved): {testID(1), Preserved},
	} {
		e, err := d.ReadFile(name)
		must(t, err)
		if e.ID != want.id || e.State != want.s || e.Path() != d.Join(name) || messageOf(t, e) != mailText(1) {
			t.Errorf("%s is %v, %v", name, e.ID, e.State)
		}
		if first := make([]byte, 1); second(e.ReaderAt().ReadAt(first, 0)) != nil || first[0] != 'U' {
			t.Errorf("%s begins with %q", name, first)
		}
		if time.Since(e.Info.ModTime()) > time.Hour {
			t.Errorf("%s was written at %v", name, e.Info.ModTime())
		}
		must(t, e.Close())
	}
	for name, want := range map[string]error{"none": os.ErrNotExist, "link": ErrStray, "fifo": ErrStray, "dir": ErrStray} {
		if e, err := d.ReadFile(name); !errors.Is(err, want) || !strings.HasPrefix(err.Error(), d.Join(name)) {
			t.Errorf("%s is %v, %v", name, e, err)
		}
	}
	info, err := d.Info()
	must(t, err)
	if info.Mode() != 0o770 {
		t.Errorf("the queue has mode %v", info.Mode())
	}
}
