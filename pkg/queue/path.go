package queue

import (
	"path/filepath"
	"strings"
)

// join is filepath.Join, but keeps the path as the user wrote it: "./in" does not become
// "in".
func join(path, name string) string { return trimmed(path) + "/" + name }

// trimmed returns path without slashes at its end.
func trimmed(path string) string {
	if strings.HasSuffix(path, "/") {
		return strings.TrimRight(path, "/")
	}
	return path
}

// sibling returns the path of the directory called name next to the queue at path. If path
// is "." or a link, that is next to the real directory.
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

// resolved returns path as an absolute path, with links resolved as far as it exists.
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

// resolved returns the path of this queue in the metadata of entries. It does not depend
// on the path that the queue was opened by.
func (d *Dir) resolved() string {
	d.realOnce.Do(func() { d.real = resolved(d.path) })
	return d.real
}

// samePath reports whether two paths lead to one directory.
func samePath(a, b string) bool { return resolved(a) == resolved(b) }
