package docs

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// allowed is what the files of a package may import beside the standard
// library.
var allowed = map[string][]string{
	"pickle":  nil,
	"mbox":    nil,
	"message": {"switchboard/pkg/pickle", "golang.org/x/text"},
	"queue":   {"switchboard/pkg/pickle", "switchboard/pkg/message", "golang.org/x/sys"},
	"config":  {"switchboard/pkg/message", "github.com/BurntSushi/toml"},
	"runner":  {"switchboard/pkg/message", "switchboard/pkg/queue", "golang.org/x/sys"},
}

// TestImports keeps the arrows between the packages pointing one way, and the
// library out of the terminal and the environment.
func TestImports(t *testing.T) {
	t.Parallel()
	for name, may := range allowed {
		files, err := filepath.Glob(root + "/pkg/" + name + "/*.go")
		if err != nil || len(files) == 0 {
			t.Errorf("%s: no files", name)
		}
		for _, path := range files {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, spec := range file.Imports {
				imported, _ := strconv.Unquote(spec.Path.Value)
				first, _, _ := strings.Cut(imported, "/")
				if first != "switchboard" && !strings.Contains(first, ".") {
					continue
				}
				if !slices.ContainsFunc(may, func(p string) bool { return imported == p || strings.HasPrefix(imported, p+"/") }) {
					t.Errorf("%s imports %s", path, imported)
				}
			}
			if name == "runner" {
				continue // it makes the environment of the command it runs
			}
			text := read(t, strings.TrimPrefix(path, root+"/"))
			for _, call := range []string{"os.Getenv", "os.Exit", "os.Stdout", "os.Stderr", "fmt.Print"} {
				if strings.Contains(text, call) {
					t.Errorf("%s: %s in a library", path, call)
				}
			}
		}
	}
}
