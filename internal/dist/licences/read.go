package licences

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"switchboard/internal/dist/command"
)

// names are the files that say what is allowed.
var names = regexp.MustCompile(`(?i)^(licen[cs]es?|copying|copyright|notice|patents)([-.].*)?$`)

// read adds the texts in dir, a directory of the module at top.
func (m *Module) read(top, dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.IsDir() || !names.MatchString(e.Name()) || strings.HasSuffix(e.Name(), ".go") {
			continue
		}
		path := filepath.Join(dir, e.Name())
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(top, path)
		if err != nil {
			return err
		}
		m.Texts = append(m.Texts, Text{filepath.ToSlash(name), string(data)})
	}
	return nil
}

// standard returns Go's standard library. Distributions may keep its licence elsewhere;
// that of golang.org/x/sys is the same.
func standard(root string) (*Module, error) {
	out, err := command.Run(root, nil, "go", "env", "GOVERSION", "GOROOT")
	if err != nil {
		return nil, err
	}
	lines := strings.Split(out, "\n")
	std := &Module{Path: "std", Version: lines[0]}
	if _, err := os.Stat(filepath.Join(lines[1], "LICENSE")); !errors.Is(err, fs.ErrNotExist) {
		return std, std.read(lines[1], lines[1])
	}
	dir, err := command.Run(root, nil, "go", "list", "-mod=readonly", "-m", "-f", "{{.Dir}}", "golang.org/x/sys")
	if err != nil {
		return nil, err
	}
	dir = strings.TrimSpace(dir)
	return std, std.read(dir, dir)
}
