package disk

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func realDirectory(t *testing.T) (Dir, string) {
	t.Helper()
	path := t.TempDir()
	d, err := OS{}.OpenDir(path)
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
	must(t, unix.Flock(int(other.Fd()), unix.LOCK_EX)) // what Unused checks on other systems than Linux
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

// TestSyncs checks that the calls that make things durable return no error. The
// end-to-end tests check that they make things durable.
func TestSyncs(t *testing.T) {
	t.Parallel()
	d, _ := realDirectory(t)
	f, err := d.Create("x")
	must(t, err)
	_, err = f.WriteAt([]byte("text"), 0)
	must(t, err)
	f.WriteBack()
	must(t, f.Sync())
	must(t, f.StartSync()())
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
		name := fmt.Sprintf("%d.pck", n) + strings.Repeat("x", n%100)
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
