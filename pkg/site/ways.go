package site

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"switchboard/pkg/queue"
)

// mostLinks is how many links of a path are followed; the kernel has the same
// limit.
const mostLinks = 40

// ways returns the absolute paths that lead to a queue: the one that was typed, and
// one more for each link, with the link replaced by its target. The last one has no
// links. A Mailman may know its queues by any of these, and has its pid file next
// to that one.
func (m *machine) ways(path string) []string {
	if !filepath.IsAbs(path) {
		if dir, err := os.Getwd(); err == nil {
			path = dir + "/" + path // not Join: it would take "link/.." away
		}
	}
	typed := path
	ways := []string{filepath.Clean(path)}
	for range mostLinks {
		next, ok := m.follow(path)
		if !ok {
			break
		}
		path = next
		if clean := filepath.Clean(path); !slices.Contains(ways, clean) {
			ways = append(ways, clean)
		}
	}
	if len(ways) > 1 && os.Geteuid() == 0 {
		return append(ways[:1], slices.DeleteFunc(ways[1:], m.planted(typed))...)
	}
	return ways
}

// planted returns a function that reports whether a way does not lead to the queue at path, but
// to where somebody else than root put a link, so that root would look at the files there.
func (m *machine) planted(path string) func(way string) bool {
	var queues os.FileInfo
	if dir, err := queue.OpenUntrusted(m.root, path); err == nil {
		queues, _ = dir.Stat()
		dir.Close()
	}
	return func(way string) bool {
		st, err := os.Stat(m.root + way)
		return queues == nil || err != nil || !os.SameFile(st, queues)
	}
}

// follow replaces the first link of an absolute path by its target.
func (m *machine) follow(path string) (string, bool) {
	done, rest := "", strings.TrimLeft(path, "/")
	for rest != "" {
		name, after, _ := strings.Cut(rest, "/")
		after = strings.TrimLeft(after, "/")
		switch name {
		case "", ".":
		case "..":
			done = strings.TrimSuffix(filepath.Dir("/"+done), "/")
		default:
			// Readlink fails for everything that is not a link: one call per
			// component.
			to, err := os.Readlink(m.root + done + "/" + name)
			if err == nil {
				to = strings.TrimPrefix(to, m.root)
				if !filepath.IsAbs(to) {
					to = done + "/" + to
				}
				return strings.TrimSuffix(to, "/") + "/" + after, true
			}
			done += "/" + name
		}
		rest = after
	}
	return "", false
}
