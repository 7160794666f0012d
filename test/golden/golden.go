// Package golden gives tests the golden queue files: files that real Mailmans wrote, with
// what Python read back from them, and files that are broken, hostile or odd.
//
// All of them are in a directory named shared next to the checkout, and a small choice is
// in testdata. The package uses the larger collection if it is there.
package golden

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"switchboard/test/checkout"
)

// Case is a queue file that a real Mailman, or another pickle writer, wrote.
type Case struct {
	// Path is the path of the queue file.
	Name, Path string
	// Data is the content of the file. Message is the text of the message, or nil if
	// it is unknown or too long to be kept.
	Data, Message []byte
	Expected
}

// Expected is what Python read back. Lengths are in bytes.
type Expected struct {
	Dialect          string          `json:"dialect"`
	FileBase         string          `json:"filebase"`
	Ext              string          `json:"ext"`
	Class            *string         `json:"class"`
	Restores         int             `json:"bak_count"`
	ParseMsg         bool            `json:"parsemsg"`
	Metadata         json.RawMessage `json:"metadata"`
	Typed            json.RawMessage `json:"metadata_typed"`
	MessageSHA256    *string         `json:"message_sha256"`
	MessageLen       *int64          `json:"message_len"`
	MsgPickleLen     int64           `json:"msg_pickle_len"`
	MetaPickleLen    int64           `json:"meta_pickle_len"`
	Trailing         int64           `json:"trailing"`
	FlattenError     string          `json:"flatten_error"`
	Nondeterministic bool            `json:"flatten_nondeterministic"`
	// FlattenSample is one of the texts that Python makes if the text has a random
	// boundary.
	FlattenSample string `json:"flatten_sample"`
}

var all = sync.OnceValues(load)

// All returns all cases, sorted by name. The caller must not change them. It fails the
// test if there are none.
func All(tb testing.TB) []Case {
	tb.Helper()
	return some(tb, all)
}

// some returns the cases that load gives, and fails the test if there are none.
func some[T any](tb testing.TB, load func() ([]T, error)) []T {
	tb.Helper()
	cases, err := load()
	if err != nil {
		tb.Fatal(err)
	}
	if len(cases) == 0 {
		tb.Fatal("no golden files found")
	}
	return cases
}

func load() ([]Case, error) {
	var cases []Case
	err := each("golden", func(dir string, text []byte) error {
		c := Case{Name: filepath.Base(dir)}
		if err := json.Unmarshal(text, &c.Expected); err != nil {
			return err
		}
		var err error
		c.Path = filepath.Join(dir, c.FileBase+c.Ext)
		if c.Data, err = readFile(c.Path); err != nil {
			return err
		}
		if c.Message, err = os.ReadFile(filepath.Join(dir, "message.eml")); err != nil && !os.IsNotExist(err) {
			return err
		}
		cases = append(cases, c)
		return nil
	})
	return cases, err
}

// each calls f for each case of one of the two collections.
func each(name string, f func(dir string, expected []byte) error) error {
	root, err := checkout.Root()
	if err != nil {
		return err
	}
	for _, dir := range []string{
		filepath.Join(root, "..", "shared", name),
		filepath.Join(root, "test", "golden", "testdata", name),
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

// readFile reads a file, or else its compressed form, whose name has .gz added.
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
