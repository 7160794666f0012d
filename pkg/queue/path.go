package queue

import (
	"path/filepath"
	"strings"
)

// join is filepath.Join, but keeps what the user wrote: "./in" does not become "in".
func join(path, name string) string {
	return strings.TrimRight(path, "/") + "/" + name
}

// sibling is the path of the directory name beside the queue at path. The siblings of a
// queue given as "." or through a link are beside the real directory.
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

// resolved is an absolute path without links, as far as the path exists.
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

// resolved is the path that entries' metadata has for this queue, whatever path the
// queue was opened by.
func (d *Dir) resolved() string {
	if d.real == "" {
		d.real = resolved(d.path)
	}
	return d.real
}

// samePath says whether two paths lead to one directory.
func samePath(a, b string) bool { return resolved(a) == resolved(b) }
