package messagetest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
)

// BadCase is a queue directory's content that is broken, hostile or odd.
type BadCase struct {
	Name string
	// Files are the regular files by their names in the queue.
	Files map[string][]byte
	BadExpected
}

// BadExpected is what is known of a BadCase.
type BadExpected struct {
	// Error says whether an entry must be refused (true) or accepted (false);
	// nil is either.
	Error    *bool    `json:"error"`
	Dialects []string `json:"dialects"`
	// Target is the file base that it is about.
	Target string `json:"target"`
	Why    string `json:"why"`
	Safe   string `json:"safe"`
	// Make are the other files: kind (fifo, symlink, dir, socket), name and,
	// for a link, target.
	Make [][3]*string `json:"make"`
}

// MustFail and MustWork tell what Error demands.
func (c BadCase) MustFail() bool { return c.Error != nil && *c.Error }

// MustWork is the contrary; there are cases that are neither.
func (c BadCase) MustWork() bool { return c.Error != nil && !*c.Error }

// Names are the names of the regular files, sorted.
func (c BadCase) Names() []string { return slices.Sorted(maps.Keys(c.Files)) }

// Write makes the case in dir: regular files, FIFOs, links, directories,
// sockets. It skips the test where the system cannot hold one of the names.
func (c BadCase) Write(tb testing.TB, dir string) {
	tb.Helper()
	for _, name := range c.Names() {
		if err := os.WriteFile(filepath.Join(dir, name), c.Files[name], 0o660); err != nil {
			tb.Fatal(err)
		}
	}
	for _, m := range c.Make {
		target := ""
		if m[2] != nil {
			target = *m[2]
		}
		if err := makeFile(*m[0], filepath.Join(dir, *m[1]), target); err != nil {
			tb.Fatal(err)
		}
	}
}

func makeFile(kind, path, target string) error {
	switch kind {
	case "fifo":
		return syscall.Mkfifo(path, 0o660)
	case "symlink":
		return os.Symlink(target, path)
	case "dir":
		return os.Mkdir(path, 0o770)
	case "socket":
		return makeSocket(path)
	}
	return fmt.Errorf("cannot make a %s", kind)
}

// makeSocket makes it elsewhere first: the address of a socket is short.
func makeSocket(path string) error {
	dir, err := os.MkdirTemp("", "s")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, "s"), Net: "unix"})
	if err != nil {
		return err
	}
	l.SetUnlinkOnClose(false)
	defer l.Close()
	return os.Rename(filepath.Join(dir, "s"), path)
}

var bad = sync.OnceValues(loadBad)

// Bad returns all bad cases there are, in the order of their names. The caller
// doesn't change them. It fails the test if there are none.
func Bad(tb testing.TB) []BadCase {
	tb.Helper()
	cases, err := bad()
	if err != nil {
		tb.Fatal(err)
	}
	if len(cases) == 0 {
		tb.Fatal("no bad golden files found")
	}
	return cases
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
