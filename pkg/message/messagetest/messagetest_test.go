package messagetest

import (
	"os"
	"path/filepath"
	"testing"
)

// Every case can be made on a disk, under its own name and kind.
func TestWrite(t *testing.T) {
	t.Parallel()
	for _, c := range Golden(t) {
		if c.FileBase == "" || len(c.Data) == 0 || c.Dialect == "" {
			t.Errorf("%s: nothing in it", c.Name)
		}
	}
	kinds := map[string]os.FileMode{"fifo": os.ModeNamedPipe, "symlink": os.ModeSymlink, "dir": os.ModeDir, "socket": os.ModeSocket}
	seen := 0
	for _, c := range Bad(t) {
		dir := t.TempDir()
		c.Write(t, dir)
		made, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		if len(made) != len(c.Files)+len(c.Make) {
			t.Errorf("%s: %d files", c.Name, len(made))
		}
		for _, m := range c.Make {
			info, err := os.Lstat(filepath.Join(dir, *m[1]))
			if err != nil || info.Mode().Type() != kinds[*m[0]] {
				t.Errorf("%s: %v, %v", c.Name, info, err)
			}
			seen++
		}
	}
	if seen == 0 {
		t.Error("no case with special files")
	}
}
