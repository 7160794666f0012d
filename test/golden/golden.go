// Package golden gives tests the golden queue files: what the real
// Mailmans wrote, with what was read back from it, and files that are broken,
// hostile or odd.
//
// All of them are in a directory named shared beside the checkout; a small
// choice is in testdata. The larger one is taken when it is there.
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

// Case is a queue file that a real Mailman, or another pickler, wrote.
type Case struct {
	// Path is the queue file's.
	Name, Path string
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
	// FlattenSample is one text that Python made where a random boundary is
	// in it.
	FlattenSample string `json:"flatten_sample"`
}

var all = sync.OnceValues(load)

// All returns all cases there are, in the order of their names. The caller
// doesn't change them. It fails the test if there are none.
func All(tb testing.TB) []Case {
	tb.Helper()
	return some(tb, all)
}

// some are the cases that load gives, which are not none.
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
