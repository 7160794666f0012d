package queue

import (
	"errors"
	"os"
	"syscall"
	"testing"
)

// TestCreateUnnamed checks that an unnamed file leaves no name in the queue, and that
// only its owner has access to it.
func TestCreateUnnamed(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	d, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	f, err := d.CreateUnnamed()
	if errors.Is(err, syscall.ENOTSUP) || errors.Is(err, syscall.EISDIR) {
		t.Skip("the filesystem has no unnamed files: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString("text"); err != nil {
		t.Error(err)
	}
	info, err := f.Stat()
	if err != nil || info.Size() != 4 || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("%v, %v", info, err)
	}
	if list, err := os.ReadDir(path); err != nil || len(list) > 0 {
		t.Errorf("the queue holds %v, %v", list, err)
	}
}
