package site

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"switchboard/pkg/queue"
)

// where says whether a Mailman works on the queue.
type where int

const (
	nowhere   where = iota // not known
	here                   // it does
	elsewhere              // it works on others
)

// works finds out whether the queue is one of those that a Mailman process works
// on: by its configuration, else by its generation, else by its permissions.
func (q *target) works(p process) where {
	if w := q.configured(p); w != nowhere {
		return w
	}
	if q.isOtherGeneration(p.generation()) || !q.mayWrite(p) {
		return elsewhere
	}
	return nowhere
}

// view is what a process sees. The files that a process in a container sees are not
// those of the host.
type view struct {
	// root is prefixed to its absolute paths.
	root string
	// dir is its working directory, or "" if that is not known.
	dir string
	// environment is the one it started with.
	environment map[string]string
}

// view returns what the process sees. Only root and the user of the process can
// find out.
func (m *machine) view(p process) (view, bool) {
	v := view{root: m.procs.file(p.pid, "root"), environment: map[string]string{}}
	theirs, err := os.Stat(v.root)
	if err != nil {
		return v, false
	}
	if ours, err := os.Stat(m.root + "/"); err == nil && os.SameFile(ours, theirs) {
		v.root = m.root
	}
	if dir, err := os.Readlink(m.procs.file(p.pid, "cwd")); err == nil {
		v.dir = strings.TrimPrefix(dir, m.root)
	}
	text, err := os.ReadFile(m.procs.file(p.pid, "environ"))
	if err != nil {
		return v, false
	}
	for _, setting := range split(text) {
		name, value, _ := strings.Cut(setting, "=")
		v.environment[name] = value
	}
	return v, true
}

// absolute returns a path of the process as an absolute one, or "".
func (v view) absolute(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	if v.dir == "" {
		return ""
	}
	return filepath.Join(v.dir, path)
}

// mostConfig is the longest configuration file that is read, in bytes.
const mostConfig = 1 << 20

// text reads a configuration file that the process sees.
func (v view) text(path string) (string, error) { return read(v.root, path, mostConfig) }

// errNotFile is the error of a file that is too long, or that is not a regular one.
var errNotFile = errors.New("not a file of Mailman's")

// read reads a regular file of at most most bytes, which is where a Mailman may have one.
// Nobody named it: see [queue.OpenUntrusted].
func read(root, path string, most int64) (string, error) {
	f, err := queue.OpenUntrusted(root, path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() {
		return "", errNotFile
	}
	text, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(text)) > most {
		err = errNotFile
	}
	return string(text), err
}

// queues finds the directory of queues in the configuration of a Mailman.
func (v view) queues(p process) (string, bool) {
	if p.generation() == mailman2 {
		return mailman2Queues(v, p)
	}
	return mailman3Queues(v, p)
}

// configured compares the queue with the directory of queues in the configuration
// of a Mailman.
func (q *target) configured(p process) where {
	v, ok := q.view(p)
	if !ok {
		return nowhere
	}
	queues, ok := v.queues(p)
	if !ok {
		return nowhere
	}
	// A container has another path for the same directory, so files are compared,
	// not paths.
	theirs, err := os.Stat(v.root + queues)
	if err != nil {
		return nowhere
	}
	same := func(path string, as os.FileInfo) bool {
		st, err := os.Stat(path)
		return err == nil && as != nil && os.SameFile(st, as)
	}
	queue, _ := os.Stat(q.root + q.real())
	for _, way := range q.ways {
		if same(q.root+filepath.Dir(way), theirs) || same(v.root+filepath.Join(queues, filepath.Base(way)), queue) {
			return here
		}
	}
	return elsewhere
}
