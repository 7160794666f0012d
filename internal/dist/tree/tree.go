// Package tree has the files of a release in memory, in an order and with attributes that
// depend on nothing but the files.
package tree

import (
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// File is a regular file.
type File struct {
	Name string      // with slashes, below the top of the tree
	Mode fs.FileMode // 0644, or 0755 if it can be executed
	Data []byte
}

// Tree is a list of files, sorted by name.
type Tree []File

// Read returns the files below dir. It ignores owners, times, and the part of modes that
// a umask decides.
func Read(dir string) (Tree, error) {
	var t Tree
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		if !info.Mode().IsRegular() {
			return &fs.PathError{Op: "archive", Path: path, Err: fs.ErrInvalid}
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		mode := fs.FileMode(0o644)
		if info.Mode()&0o100 != 0 {
			mode = 0o755
		}
		t = append(t, File{filepath.ToSlash(name), mode, data})
		return nil
	})
	t.sort()
	return t, err
}

// Add adds a file that cannot be executed.
func (t *Tree) Add(name string, data []byte) {
	*t = append(*t, File{name, 0o644, data})
	t.sort()
}

func (t Tree) sort() {
	slices.SortFunc(t, func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
}
