package guest

import (
	"debug/elf"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// programs finds programs of packages that are unpacked in trees, or else of this machine. It returns
// the files that a guest needs for them: themselves, their libraries, and what loads those.
func programs(trees []string, names ...string) (map[string]string, error) {
	files := map[string]string{}
	for _, name := range names {
		from, err := find(trees, name, "usr/sbin", "sbin", "usr/bin", "bin")
		if err != nil {
			return nil, err
		}
		files["/sbin/"+name] = from
		if err := addLibraries(files, trees, from); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// find returns the file of a name in one of the directories, below a tree or else below the root.
func find(trees []string, name string, dirs ...string) (string, error) {
	for _, root := range append(slices.Clone(trees), "/") {
		for _, dir := range dirs {
			// A link of a package may lead to a path on the machine that it is for.
			path, err := filepath.EvalSymlinks(filepath.Join(root, dir, name))
			if err == nil {
				return path, nil
			}
		}
	}
	return "", fmt.Errorf("%s: %w", name, os.ErrNotExist)
}

const libraries = "lib/x86_64-linux-gnu"

// addLibraries adds the libraries of a program or of a library.
func addLibraries(files map[string]string, trees []string, of string) error {
	f, err := elf.Open(of)
	if err != nil {
		return fmt.Errorf("%s: %w", of, err)
	}
	defer f.Close()
	needed, err := f.ImportedLibraries()
	if err != nil {
		return fmt.Errorf("%s: %w", of, err)
	}
	if s := f.Section(".interp"); s != nil {
		loader, err := s.Data()
		if err != nil {
			return fmt.Errorf("%s: %w", of, err)
		}
		path := strings.TrimRight(string(loader), "\x00")
		if files[path], err = filepath.EvalSymlinks(path); err != nil {
			return err
		}
	}
	for _, name := range needed {
		to := "/" + libraries + "/" + name
		if files[to] != "" {
			continue
		}
		from, err := find(trees, name, libraries, "usr/"+libraries)
		if err != nil {
			return fmt.Errorf("a library of %s: %w", of, err)
		}
		files[to] = from
		if err := addLibraries(files, trees, from); err != nil {
			return err
		}
	}
	return nil
}
