package disk

import (
	"os"
	"strings"
	"testing"
)

// someUID is a user who is not root.
const someUID = 38

// TestOpenTrusted opens paths with links of root and of another user at each place.
func TestOpenTrusted(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("needs root")
	}
	base := t.TempDir()
	must(t, os.MkdirAll(base+"/a/b/c", 0o700))
	must(t, os.WriteFile(base+"/a/file", nil, 0o600))
	plant(t, "a", base+"/root", 0)
	plant(t, "a", base+"/list", someUID)
	plant(t, base+"/list/b", base+"/through", 0)
	plant(t, "../a/./b", base+"/a/up", 0)
	plant(t, "loop", base+"/loop", 0)
	plant(t, "nowhere", base+"/dangling", 0)
	for path, want := range map[string]string{
		"a/b/c": "", "root/b/c": "", "a//b/./c/": "", "a/up/c": "", "root/up": "", "a/../a/b": "",
		"list/b/c": "did not make", "a/../list": "did not make", "through/c": "did not make", "list": "did not make",
		"a/file": "not a directory", "a/file/x": "not a directory", "no/b": "no such file", "dangling": "no such file",
		"loop": "too many levels",
	} {
		dir, err := OS{}.OpenTrusted(base + "/" + path)
		if err == nil {
			must(t, dir.Close())
		}
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
}

// plant makes a symbolic link that belongs to uid.
func plant(t *testing.T, to, path string, uid int) {
	t.Helper()
	must(t, os.Symlink(to, path))
	must(t, os.Lchown(path, uid, uid))
}
