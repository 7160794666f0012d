package golden

import (
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

// BadCase is a queue directory's content that is broken, hostile or odd.
type BadCase struct {
	Name string
	// Files are the regular files by their names in the queue. A case that is
	// about a FIFO, a link or the like has none.
	Files map[string][]byte
	BadExpected
}

// BadExpected is what is known of a BadCase.
type BadExpected struct {
	// Error says whether an entry must be refused (true) or accepted (false);
	// nil is either.
	Error *bool  `json:"error"`
	Why   string `json:"why"`
	// Make are the files that are not regular ones.
	Make []json.RawMessage `json:"make"`
}

// MustFail and MustWork tell what Error demands.
func (c BadCase) MustFail() bool { return c.Error != nil && *c.Error }

// MustWork is the contrary; there are cases that are neither.
func (c BadCase) MustWork() bool { return c.Error != nil && !*c.Error }

// Names are the names of the regular files, sorted.
func (c BadCase) Names() []string { return slices.Sorted(maps.Keys(c.Files)) }

var bad = sync.OnceValues(loadBad)

// Bad returns all bad cases there are, in the order of their names. The caller
// doesn't change them. It fails the test if there are none.
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
