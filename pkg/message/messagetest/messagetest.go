// Package messagetest gives tests the golden queue files: what the real
// Mailmans wrote, with what was read back from it, and files that are broken,
// hostile or odd.
//
// All of them are in a directory named shared beside the checkout; a small
// choice is in pkg/message/testdata. The larger one is taken when it is there.
package messagetest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// Case is a queue file that a real Mailman, or another pickler, wrote.
type Case struct {
	Name string
	// Data is the file, Message the message's text, nil where it isn't known
	// or too long to be kept.
	Data, Message []byte
	Expected
}

// Expected is what Python read back. Lengths are in bytes.
type Expected struct {
	Dialect          string          `json:"dialect"`
	FileBase         string          `json:"filebase"`
	Ext              string          `json:"ext"`
	WrittenBy        string          `json:"written_by"`
	Class            *string         `json:"class"`
	Restores         int             `json:"bak_count"`
	ParseMsg         bool            `json:"parsemsg"`
	Metadata         json.RawMessage `json:"metadata"`
	MessageSHA256    *string         `json:"message_sha256"`
	MessageLen       *int64          `json:"message_len"`
	MsgPickleLen     int64           `json:"msg_pickle_len"`
	MetaPickleLen    int64           `json:"meta_pickle_len"`
	Trailing         int64           `json:"trailing"`
	SourceSHA256     string          `json:"source_sha256"`
	SourceEqual      bool            `json:"source_equal"`
	FlattenError     string          `json:"flatten_error"`
	Nondeterministic bool            `json:"flatten_nondeterministic"`
	// FlattenSample is one text that Python made where a random boundary is
	// in it.
	FlattenSample string `json:"flatten_sample"`
}

// Write makes the queue file in dir, mode 0660, and returns its path.
func (c Case) Write(tb testing.TB, dir string) string {
	tb.Helper()
	path := filepath.Join(dir, c.FileBase+c.Ext)
	if err := os.WriteFile(path, c.Data, 0o660); err != nil {
		tb.Fatal(err)
	}
	return path
}

var golden = sync.OnceValues(loadGolden)

// Golden returns all cases there are, in the order of their names. The caller
// doesn't change them. It fails the test if there are none.
func Golden(tb testing.TB) []Case {
	tb.Helper()
	cases, err := golden()
	if err != nil {
		tb.Fatal(err)
	}
	if len(cases) == 0 {
		tb.Fatal("no golden files found")
	}
	return cases
}

func loadGolden() ([]Case, error) {
	var all []Case
	err := each("golden", func(dir string, text []byte) error {
		c := Case{Name: filepath.Base(dir)}
		if err := json.Unmarshal(text, &c.Expected); err != nil {
			return err
		}
		var err error
		if c.Data, err = readFile(filepath.Join(dir, c.FileBase+c.Ext)); err != nil {
			return err
		}
		if c.Message, err = os.ReadFile(filepath.Join(dir, "message.eml")); err != nil && !os.IsNotExist(err) {
			return err
		}
		all = append(all, c)
		return nil
	})
	return all, err
}

// each calls f for each case of one of the two collections.
func each(name string, f func(dir string, expected []byte) error) error {
	root, err := projectRoot()
	if err != nil {
		return err
	}
	for _, dir := range []string{
		filepath.Join(root, "..", "shared", name),
		filepath.Join(root, "pkg", "message", "testdata", name),
	} {
		found, err := filepath.Glob(filepath.Join(dir, "*", "expected.json"))
		if err != nil || len(found) == 0 {
			continue
		}
		for _, path := range found {
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			if err := f(filepath.Dir(path), text); err != nil {
				return err
			}
		}
		return nil
	}
	return nil
}

// projectRoot is the directory above the test's that has the go.mod.
func projectRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", os.ErrNotExist
		}
		dir = up
	}
}

// readFile reads a file, which may be kept compressed under its name and .gz.
func readFile(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if !os.IsNotExist(err) {
		return data, err
	}
	if data, err = os.ReadFile(path + ".gz"); err != nil {
		return nil, err
	}
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}
