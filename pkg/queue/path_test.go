package queue

import (
	"os"
	"path/filepath"
	"testing"
)

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
