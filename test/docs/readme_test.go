package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestReadme holds the README to the tree: its links, its make targets, and
// the folders of its map.
func TestReadme(t *testing.T) {
	t.Parallel()
	readme, makefile := read(t, "README.md"), read(t, "Makefile")
	links := regexp.MustCompile(`\]\(([^)#:]+)\)`).FindAllStringSubmatch(readme, -1)
	if len(links) == 0 {
		t.Error("no links")
	}
	for _, m := range links {
		if _, err := os.Stat(filepath.Join(root, m[1])); err != nil {
			t.Error(err)
		}
	}
	for _, m := range regexp.MustCompile("(?m)(?:^|`)make ([a-z-]+)").FindAllStringSubmatch(readme, -1) {
		if !strings.Contains(makefile, "\n"+m[1]+":") {
			t.Errorf("the Makefile has no target %s", m[1])
		}
	}
	_, tree, ok := strings.Cut(readme, "## The map")
	if !ok {
		t.Fatal("no map")
	}
	tree, _, _ = strings.Cut(tree, "##")
	for _, dir := range []string{"pkg", "."} {
		list, err := os.ReadDir(filepath.Join(root, dir))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			name := filepath.Join(dir, e.Name())
			if !e.IsDir() || strings.HasPrefix(e.Name(), ".") || name == "bin" || name == "pkg" {
				continue
			}
			if !strings.Contains(tree, name) {
				t.Errorf("the map has no %s", name)
			}
		}
	}
	for _, c := range commands(t) {
		if !strings.Contains(readme, "| `"+c+"` |") {
			t.Errorf("the README does not say what %s is for", c)
		}
	}
}
