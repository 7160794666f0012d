package queue

import (
	"path/filepath"
	"strings"
)

// join is filepath.Join, but that what the user wrote stays: "./in" is not
// turned into "in".
func join(path, name string) string {
	return strings.TrimRight(path, "/") + "/" + name
}

// sibling is the path of the directory name beside the queue at path. A queue
// given as "." or through a link has its siblings where it really is.
func sibling(path, name string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		if base := filepath.Base(path); base == "." || base == ".." || real != filepath.Clean(path) {
			if abs, err := filepath.Abs(real); err == nil {
				path = abs
			}
		}
	}
	return filepath.Join(filepath.Dir(filepath.Clean(path)), name)
}

// resolved is an absolute path without links, as far as there is something at it.
func resolved(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return canonical(path)
}

func canonical(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	path = filepath.Clean(path)
	if real, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		path = filepath.Join(real, filepath.Base(path))
	}
	return path
}

// resolved is the one path by which an entry's metadata names this queue, however
// the queue itself was named.
func (d *Dir) resolved() string {
	if d.real == "" {
		d.real = resolved(d.path)
	}
	return d.real
}

// samePath says whether two paths lead to one directory.
func samePath(a, b string) bool { return resolved(a) == resolved(b) }
