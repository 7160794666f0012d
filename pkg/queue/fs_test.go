package queue

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"switchboard/pkg/message"
)

func realDirectory(t *testing.T) (directory, string) {
	t.Helper()
	path := t.TempDir()
	d, err := osSystem{}.OpenDir(path)
	must(t, err)
	t.Cleanup(func() { d.Close() })
	return d, path
}

func TestUnused(t *testing.T) {
	t.Parallel()
	d, path := realDirectory(t)
	f, err := d.Create("x")
	must(t, err)
	other, err := os.OpenFile(filepath.Join(path, "x"), os.O_RDWR, 0)
	must(t, err)
	must(t, unix.Flock(int(other.Fd()), unix.LOCK_EX)) // asked for elsewhere than on Linux
	must(t, f.Close())
	f, err = d.Open("x")
	must(t, err)
	if f.Unused() {
		t.Error("another has it open")
	}
	must(t, other.Close())
	if !f.Unused() {
		t.Error("nobody else has it open")
	}
	must(t, f.Close())
}

// TestSyncs calls what makes things durable, for errors: that it does so is
// the business of the end-to-end tests.
func TestSyncs(t *testing.T) {
	t.Parallel()
	d, _ := realDirectory(t)
	f, err := d.Create("x")
	must(t, err)
	_, err = f.WriteAt([]byte("text"), 0)
	must(t, err)
	f.StartSync()
	must(t, f.Sync())
	must(t, d.Sync())
	must(t, f.Close())
	if err := f.Sync(); !errors.Is(err, unix.EBADF) {
		t.Errorf("sync of a closed file: %v", err)
	}
}

func TestAgain(t *testing.T) {
	t.Parallel()
	calls := 0
	err := again(func() error {
		if calls++; calls < 4 {
			return unix.EINTR
		}
		return unix.EIO
	})
	if calls != 4 || err != unix.EIO {
		t.Errorf("%d calls, %v", calls, err)
	}
}

// TestManyNames reads a directory that needs more than one buffer.
func TestManyNames(t *testing.T) {
	t.Parallel()
	d, path := realDirectory(t)
	want := map[string]bool{}
	for n := range 1200 {
		name := testID(n).Name(Ready) + strings.Repeat("x", n%100)
		must(t, os.WriteFile(filepath.Join(path, name), nil, 0o600))
		want[name] = true
	}
	for range 2 { // it can be read again
		seen := 0
		must(t, d.Read(func(name []byte, regular bool) error {
			if !want[string(name)] || !regular {
				t.Errorf("%q, regular: %v", name, regular)
			}
			seen++
			return nil
		}))
		if seen != len(want) {
			t.Errorf("%d of %d names", seen, len(want))
		}
	}
	stop := errors.New("enough")
	if err := d.Read(func([]byte, bool) error { return stop }); err != stop {
		t.Errorf("stopped by %v", err)
	}
}

// TestCount holds the quick way of counting to the names read one by one.
func TestCount(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld()
		var want Counts
		n := rapid.Uint64Range(1, 3).Draw(t, "slices")
		s := Slice{rapid.Uint64Range(0, n-1).Draw(t, "slice"), n}
		for range rapid.IntRange(0, 12).Draw(t, "files") {
			id := drawID(t)
			if rapid.Bool().Draw(t, "same second") {
				id = NewID(1700000000+rapid.Float64Range(0, 1).Draw(t, "fraction"), id.Digest())
			}
			state := rapid.SampledFrom([]State{Ready, InFlight, Preserved, Temporary}).Draw(t, "state")
			w.disk.put("/q/in/"+id.Name(state), nil, 0, 0)
		}
		w.disk.put("/q/in/foo.pck", nil, 0, 0)
		w.disk.place("/q/in/"+testID(0).Name(Ready), unix.S_IFIFO, 0o600, 0, 0)
		w.disk.put("/q/in/"+lockName, nil, 0, 0)
		w.disk.put("/q/in/"+cacheName+"-0-2", nil, 0, 0)
		d, err := w.open("/q/in", Options{})
		must(t, err)
		got, err := d.Count(s)
		must(t, err)
		for _, state := range []State{Ready, InFlight, Preserved, Temporary} {
			list, err := d.List(state, s.Filter())
			must(t, err)
			want.ByState[state] = len(list)
			if len(list) > 0 {
				want.Oldest[state] = list[0].Received()
			}
		}
		want.ByState[Stray] = 2
		if got != want {
			t.Fatalf("counted %v, there are %v", got, want)
		}
	})
}

func TestJoin(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"in": "in/x", "./in": "./in/x", "in/": "in/x", "/": "/x", ".": "./x", "../q//": "../q/x", "/a/b": "/a/b/x",
	} {
		if got := join(path, "x"); got != want {
			t.Errorf("%s is %s, not %s", path, got, want)
		}
	}
}

func TestSibling(t *testing.T) {
	t.Parallel()
	base, err := filepath.EvalSymlinks(t.TempDir())
	must(t, err)
	must(t, os.MkdirAll(filepath.Join(base, "real/in"), 0o700))
	must(t, os.Symlink("real/in", filepath.Join(base, "link")))
	for path, want := range map[string]string{
		"real/in": "real/bad", "real/in/": "real/bad", "real/in/.": "real/bad", "link": "real/bad", "none": "bad",
	} {
		if got := sibling(filepath.Join(base)+"/"+path, "bad"); got != filepath.Join(base, want) {
			t.Errorf("beside %s is %s, not %s", path, got, want)
		}
	}
}

// TestRead: what was opened is asked, and errors name the file.
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

// TestReadFile reads what somebody named, whatever it is called.
func TestReadFile(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{}, Ready)
	for _, name := range []string{"copy", "copy.bak", testID(1).Name(Preserved)} {
		must(t, os.WriteFile(d.Join(name), entryFile(message.Mailman2, mailText(1)), 0o600))
	}
	must(t, os.Symlink("copy", d.Join("link")))
	must(t, unix.Mkfifo(d.Join("fifo"), 0o600))
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
