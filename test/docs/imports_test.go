package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// rule is what the files of a package may do.
type rule struct {
	// imports are the packages outside the standard library that it may import.
	imports []string
	// talks is its one file that may print, exit and read the environment.
	talks string
}

// rules has the rule of each package; every package needs one.
var rules = map[string]rule{
	"pickle":                   {},
	"duration":                 {},
	"mbox":                     {},
	"maildir":                  {},
	"message":                  {imports: []string{"switchboard/pkg/pickle", "switchboard/pkg/jsonline", "switchboard/pkg/message/internal/pycodec", "golang.org/x/text"}},
	"message/internal/pycodec": {},
	// Only disk may make system calls.
	"queue":                        {imports: []string{"switchboard/pkg/pickle", "switchboard/pkg/message", "switchboard/pkg/queue/internal/disk", "switchboard/pkg/queue/internal/claims"}},
	"queue/internal/claims":        {imports: []string{"switchboard/pkg/queue/internal/disk"}},
	"queue/internal/disk":          {imports: []string{"golang.org/x/sys"}},
	"queue/internal/disk/fakedisk": {imports: []string{"switchboard/pkg/queue/internal/disk", "golang.org/x/sys"}},
	"queue/internal/disk/disktest": {imports: []string{"golang.org/x/sys"}},
	"config":                       {imports: []string{"switchboard/pkg/duration", "switchboard/pkg/message", "github.com/BurntSushi/toml"}},
	"site":                         {imports: []string{"switchboard/pkg/queue", "golang.org/x/sys"}},
	"tally":                        {imports: []string{"switchboard/pkg/message", "switchboard/pkg/queue"}},
	"choose":                       {imports: []string{"switchboard/pkg/message", "switchboard/pkg/queue"}},
	"mailmanlog":                   {},
	"runner":                       {imports: []string{"switchboard/pkg/message", "switchboard/pkg/queue", "golang.org/x/sys"}},
	"deliver/internal/plan":        {imports: []string{"switchboard/pkg/message"}},
	"deliver":                      {imports: []string{"switchboard/pkg/deliver/internal", "switchboard/pkg/runner", "switchboard/pkg/queue", "switchboard/pkg/message"}},
	"deliver/internal/notice":      {},
	"deliver/internal/wire":        {imports: []string{"switchboard/pkg/message"}},
	"deliver/internal/client":      {imports: []string{"github.com/emersion/go-smtp", "github.com/emersion/go-sasl"}},
	// Only server may speak to PostgreSQL.
	"pgqueue":                 {imports: []string{"switchboard/pkg/pgqueue/internal", "switchboard/pkg/message", "switchboard/pkg/queue"}},
	"pgqueue/internal/server": {imports: []string{"github.com/jackc/pgx/v5", "golang.org/x/sys"}},
	"pgqueue/internal/schema": {imports: []string{"switchboard/pkg/pgqueue/internal/server"}},
	"syslog":                  {imports: []string{"golang.org/x/sys"}},
	"journal":                 {imports: []string{"switchboard/pkg/config", "switchboard/pkg/jsonline", "switchboard/pkg/queue", "switchboard/pkg/syslog", "golang.org/x/sys"}},
	"jsonline":                {imports: []string{"switchboard/pkg/pickle"}},
	"internal/cmdline": {
		imports: []string{
			"switchboard/pkg/choose", "switchboard/pkg/config", "switchboard/pkg/duration", "switchboard/pkg/journal", "switchboard/pkg/jsonline", "switchboard/pkg/mbox", "switchboard/pkg/message", "switchboard/pkg/queue",
			"switchboard/pkg/site", "switchboard/pkg/syslog", "github.com/urfave/cli/v2", "github.com/mattn/go-isatty",
			"golang.org/x/sys", "golang.org/x/text",
			"flag", // for its FlagSet, which the library's options need
		},
		talks: "process.go",
	},
}

// talking are the functions and variables that print, exit and read the environment.
var talking = map[string][]string{
	"os":  {"Getenv", "LookupEnv", "Environ", "ExpandEnv", "TempDir", "Exit", "Stdin", "Stdout", "Stderr", "Args"},
	"fmt": {"Print", "Printf", "Println", "Scan", "Scanf", "Scanln"},
}

// TestImports checks that imports go one way, and that the library stays away from the
// terminal and the environment.
func TestImports(t *testing.T) {
	t.Parallel()
	dirs := slices.Concat(glob(t, "internal/cmdline"), glob(t, "pkg/*"), glob(t, "pkg/*/internal/*"), glob(t, "pkg/*/internal/*/*"))
	dirs = slices.DeleteFunc(dirs, func(dir string) bool {
		files, _ := filepath.Glob(filepath.Join(dir, "*.go"))
		return len(files) == 0 || filepath.Base(dir) == "testdata"
	})
	for _, dir := range dirs {
		path, _ := filepath.Rel(root, dir)
		path = filepath.ToSlash(path)
		name := strings.TrimPrefix(path, "pkg/")
		may, ok := rules[name]
		if !ok {
			t.Errorf("there is no rule for %s", path)
		}
		files := glob(t, path+"/*.go")
		for _, path := range files {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			imports(t, path, file, may)
			if filepath.Base(path) != may.talks {
				quiet(t, path, file)
			}
		}
	}
}

// TestCommandsAreHandedEverything checks that a command gets arguments, environment and
// streams from its Process, so that a test can call it.
func TestCommandsAreHandedEverything(t *testing.T) {
	t.Parallel()
	for _, path := range glob(t, "internal/commands/*/*.go") {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		quiet(t, path, file)
	}
}

// imports checks what a file imports.
func imports(t *testing.T, path string, file *ast.File, may rule) {
	t.Helper()
	for _, spec := range file.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value)
		if imported == "log" || imported == "log/slog" || imported == "flag" && !slices.Contains(may.imports, imported) || imported == "unsafe" {
			t.Errorf("%s imports %s", path, imported)
		}
		first, _, _ := strings.Cut(imported, "/")
		if first != "switchboard" && !strings.Contains(first, ".") {
			continue
		}
		if !slices.ContainsFunc(may.imports, func(p string) bool { return imported == p || strings.HasPrefix(imported, p+"/") }) {
			t.Errorf("%s imports %s", path, imported)
		}
	}
}

// quiet checks that a file does not print, exit or read the environment.
func quiet(t *testing.T, path string, file *ast.File) {
	t.Helper()
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if pkg, ok := n.X.(*ast.Ident); ok && pkg.Obj == nil && slices.Contains(talking[pkg.Name], n.Sel.Name) {
				t.Errorf("%s: %s.%s in a library", path, pkg.Name, n.Sel.Name)
			}
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.Ident); ok && f.Obj == nil && (f.Name == "print" || f.Name == "println") {
				t.Errorf("%s: %s in a library", path, f.Name)
			}
		}
		return true
	})
}
