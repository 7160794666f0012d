package queue

import (
	"errors"
	"os"
	"syscall"
	"testing"
)

// A file without a name leaves none in the queue, and belongs to its owner alone.
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
