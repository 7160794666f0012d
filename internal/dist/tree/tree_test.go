package tree

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestTarGz checks that an archive depends on nothing but names, contents and what can be
// executed.
func TestTarGz(t *testing.T) {
	t.Parallel()
	date := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	archive := func(private os.FileMode, names ...string) []byte {
		dir := t.TempDir()
		for _, name := range names {
			path := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o777&^private); err != nil {
				t.Fatal(err)
			}
			mode := os.FileMode(0o666)
			if strings.HasPrefix(name, "bin") {
				mode = 0o777
			}
			if err := os.WriteFile(path, []byte(name), mode&^private); err != nil {
				t.Fatal(err)
			}
		}
		files, err := Read(dir)
		if err != nil {
			t.Fatal(err)
		}
		data, err := files.TarGz("top", date.In(time.FixedZone("", 3600)))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	first := archive(0o22, "share/man/man1/a.1", "README", "bin/a")
	if second := archive(0o77, "bin/a", "README", "share/man/man1/a.1"); !bytes.Equal(first, second) {
		t.Error("the archive depends on the order or on the umask")
	}

	compressed, err := gzip.NewReader(bytes.NewReader(first))
	if err != nil {
		t.Fatal(err)
	}
	if compressed.Name != "" || !compressed.ModTime.IsZero() {
		t.Errorf("the header of gzip has the name %q and the time %v", compressed.Name, compressed.ModTime)
	}
	var got strings.Builder
	for files := tar.NewReader(compressed); ; {
		h, err := files.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Uid != 0 || h.Gid != 0 || h.Uname != "" || h.Gname != "" || !h.ModTime.Equal(date) {
			t.Errorf("%s: %+v", h.Name, h)
		}
		data, _ := io.ReadAll(files)
		fmt.Fprintf(&got, "%o %s %s\n", h.Mode, h.Name, data)
	}
	want := `755 top/ 
644 top/README README
755 top/bin/ 
755 top/bin/a bin/a
755 top/share/ 
755 top/share/man/ 
755 top/share/man/man1/ 
644 top/share/man/man1/a.1 share/man/man1/a.1
`
	if got.String() != want {
		t.Errorf("the archive has\n%s, want\n%s", got.String(), want)
	}
}

// TestReadLink checks that a symbolic link is not followed out of the tree.
func TestReadLink(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if files, err := Read(dir); err == nil {
		t.Errorf("read %v", files)
	}
}
