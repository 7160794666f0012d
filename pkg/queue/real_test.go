package queue

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"switchboard/pkg/message"
)

// realQueue makes a queue directory on the real filesystem and opens it. The queue has
// entries named by testID, in the given states.
func realQueue(t *testing.T, o Options, states ...State) *Dir {
	t.Helper()
	path := filepath.Join(t.TempDir(), "in")
	d, err := Create(path, o)
	must(t, err)
	t.Cleanup(func() { d.Close() })
	for n, s := range states {
		writeEntry(t, path, testID(n), s, entryFile(message.Mailman2, mailText(n)))
	}
	return d
}

func writeEntry(t *testing.T, dir string, id ID, s State, content []byte) string {
	t.Helper()
	path := filepath.Join(dir, id.Name(s))
	must(t, os.WriteFile(path, content, 0o660))
	return path
}

// names returns the names of a directory's files. Names of testID are shortened to a
// letter and the extension.
func names(t *testing.T, dir string) string {
	t.Helper()
	files, err := os.ReadDir(dir)
	must(t, err)
	var list []string
	for _, f := range files {
		name := f.Name()
		for n := range 32 {
			if ext, ok := strings.CutPrefix(name, testID(n).String()); ok {
				name = string(rune('a'+n)) + ext
			}
		}
		list = append(list, name)
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

// expectNames checks that a directory has exactly these files.
func expectNames(t *testing.T, dir, want string) {
	t.Helper()
	if got := names(t, dir); got != want {
		t.Errorf("%s has %q, not %q", filepath.Base(dir), got, want)
	}
}

// notices collects the notices of a queue.
func notices(o *Options) *[]error {
	var list []error
	o.Notice = func(err error) { list = append(list, err) }
	return &list
}
