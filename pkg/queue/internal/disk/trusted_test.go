package disk

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
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

// TestOpenDirAsRoot opens paths that a person named. Root follows another user's link only to
// what is that user's, too.
func TestOpenDirAsRoot(t *testing.T) {
	t.Parallel()
	base := planted(t)
	for path, refused := range map[string]bool{
		"roots": false, "lists": false, "to-roots": false, "list-to-lists": false, "list-to-lists/in": false,
		"list-to-roots": true, "list-to-roots/in": true, "list-to-roots/..": true, "twice": true, "list-to-lists/../roots": false,
		"lists/up/roots": true, "lists/up/lists": true, "to-lists-link/in": false, "list-to-lists/roots": false,
	} {
		dir, err := OS{}.OpenDir(base + "/" + path)
		if err == nil {
			must(t, dir.Close())
		}
		if (err == ErrPlanted) != refused || !refused && err != nil {
			t.Errorf("%s: %v, refused should be %v", path, err, refused)
		}
	}
	if dir, err := (OS{}).OpenDir("/"); err != nil {
		t.Error(err)
	} else {
		must(t, dir.Close())
	}
}

// TestOpenUntrusted opens what whoever writes to a queue may have put beside it.
func TestOpenUntrusted(t *testing.T) {
	t.Parallel()
	base := planted(t)
	for path, want := range map[string]string{
		"roots/file": "", "lists/file": "", "lists": "", "list-to-lists/file": "", "list-to-file": "", "to-roots/file": "",
		"list-to-secret": "did not make", "list-to-roots/file": "did not make",
		"fifo": "no such device", "list-to-fifo": "no such device", "no": "no such file", "roots/file/x": "not a directory",
	} {
		for _, root := range []string{"", base} {
			name := "/" + path
			if root == "" {
				name = base + name
			}
			fd, err := OpenUntrusted(root, name)
			if err == nil {
				must(t, unix.Close(fd))
			}
			if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("%s in %q: %v, want %q", name, root, err, want)
			}
		}
	}
}

// planted makes directories, files and links of root and of another user.
func planted(t *testing.T) (base string) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root")
	}
	base = t.TempDir()
	for name, uid := range map[string]int{"roots": 0, "lists": someUID} {
		must(t, os.MkdirAll(base+"/"+name+"/in", 0o700))
		must(t, os.WriteFile(base+"/"+name+"/file", nil, 0o600))
		for _, path := range []string{"", "/in", "/file"} {
			must(t, os.Chown(base+"/"+name+path, uid, uid))
		}
	}
	must(t, unix.Mkfifo(base+"/fifo", 0o600))
	plant(t, "roots", base+"/to-roots", 0)
	plant(t, "lists", base+"/list-to-lists", someUID)
	plant(t, base+"/roots", base+"/list-to-roots", someUID)
	plant(t, "list-to-roots", base+"/twice", 0)
	plant(t, "list-to-lists", base+"/to-lists-link", 0)
	must(t, os.Mkdir(base+"/lists/roots", 0o700))
	plant(t, "..", base+"/lists/up", someUID)
	plant(t, "lists/file", base+"/list-to-file", someUID)
	plant(t, "roots/file", base+"/list-to-secret", someUID)
	plant(t, "fifo", base+"/list-to-fifo", someUID)
	return base
}

// TestIsNew checks which directories root takes for one that it has just made.
func TestIsNew(t *testing.T) {
	t.Parallel()
	base := planted(t)
	must(t, os.Mkdir(base+"/new", 0o700))
	for name, want := range map[string]error{"new": nil, "roots": unix.EEXIST, "roots/in": nil, "lists": unix.EEXIST, "lists/in": unix.EEXIST} {
		fd, err := unix.Open(base+"/"+name, unix.O_RDONLY, 0)
		must(t, err)
		if err := isNew(fd); err != want {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
		must(t, unix.Close(fd))
	}
}

// plant makes a symbolic link that belongs to uid.
func plant(t *testing.T, to, path string, uid int) {
	t.Helper()
	must(t, os.Symlink(to, path))
	must(t, os.Lchown(path, uid, uid))
}
