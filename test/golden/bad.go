package golden

import (
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

// BadCase is the content of a queue directory that is broken, hostile or odd.
type BadCase struct {
	Name string
	// Files are the regular files by their names in the queue. A case about a FIFO, a
	// link or the like has none.
	Files map[string][]byte
	BadExpected
}

// BadExpected is what must happen to a BadCase.
type BadExpected struct {
	// Error says whether an entry must be refused (true) or accepted (false). If it is
	// nil, either is right.
	Error *bool  `json:"error"`
	Why   string `json:"why"`
	// Make describes the files that are not regular.
	Make []json.RawMessage `json:"make"`
}

// MustFail reports whether an entry must be refused.
func (c BadCase) MustFail() bool { return c.Error != nil && *c.Error }

// MustWork reports whether an entry must be accepted. In some cases neither holds.
func (c BadCase) MustWork() bool { return c.Error != nil && !*c.Error }

// Names returns the names of the regular files, sorted.
func (c BadCase) Names() []string { return slices.Sorted(maps.Keys(c.Files)) }

var bad = sync.OnceValues(loadBad)

// Bad returns all bad cases, sorted by name. The caller must not change them. It fails
// the test if there are none.
func Bad(tb testing.TB) []BadCase {
	tb.Helper()
	return some(tb, bad)
}

func loadBad() ([]BadCase, error) {
	var all []BadCase
	err := each("golden-bad", func(dir string, text []byte) error {
		c := BadCase{Name: filepath.Base(dir), Files: make(map[string][]byte)}
		if err := json.Unmarshal(text, &c.BadExpected); err != nil {
			return err
		}
		var list struct {
			Files    []string          `json:"files"`
			StoredAs map[string]string `json:"stored_as"`
		}
		if err := json.Unmarshal(text, &list); err != nil {
			return err
		}
		for _, name := range list.Files {
			stored, ok := list.StoredAs[name]
			if !ok {
				stored = name
			}
			data, err := readFile(filepath.Join(dir, stored))
			if err != nil {
				return err
			}
			c.Files[name] = data
		}
		all = append(all, c)
		return nil
	})
	return all, err
}
