// Package licences collects the licences of all modules that the commands link. They ask
// that whoever passes on a binary passes on their text.
package licences

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"switchboard/internal/dist/build"
)

// Module is a module that the commands link, or the standard library, whose path is std.
type Module struct {
	Path, Version string
	Texts         []Text
}

// Text is a file with a licence, or with a notice that has to go with it. Its name is
// below the directory of the module.
type Text struct{ Name, Data string }

// Collect returns the modules that the commands in root link for any of the targets,
// sorted by path. A module without a licence is an error.
func Collect(root string, targets []build.Target) ([]Module, error) {
	tags, err := build.Tags(root)
	if err != nil {
		return nil, err
	}
	std, err := standard(root)
	if err != nil {
		return nil, err
	}
	found := map[string]*Module{std.Path: std}
	seen := map[string]bool{}
	for _, target := range targets {
		packages, err := linked(root, tags, target)
		if err != nil {
			return nil, err
		}
		for _, p := range packages {
			m := found[p.Module.Path]
			if m == nil {
				m = &Module{Path: p.Module.Path, Version: p.Module.Version}
				found[m.Path] = m
			}
			// A directory may have the code of others, with a licence of its own.
			for dir := p.Dir; strings.HasPrefix(dir, p.Module.Dir) && !seen[dir]; dir = filepath.Dir(dir) {
				seen[dir] = true
				if err := m.read(p.Module.Dir, dir); err != nil {
					return nil, err
				}
			}
		}
	}
	var modules []Module
	for _, m := range found {
		if len(m.Texts) == 0 {
			return nil, fmt.Errorf("the module %s has no licence", m.Path)
		}
		slices.SortFunc(m.Texts, func(a, b Text) int { return cmp.Compare(a.Name, b.Name) })
		modules = append(modules, *m)
	}
	slices.SortFunc(modules, func(a, b Module) int { return cmp.Compare(a.Path, b.Path) })
	return modules, nil
}
