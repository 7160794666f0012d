package queue

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"switchboard/pkg/queue/internal/disk"
)

// TestCheck checks which directories are queues. A name with a slash at its end is a
// directory, and ENTRY stands for an entry's file base.
func TestCheck(t *testing.T) {
	t.Parallel()
	entry := testID(1).base
	for what, test := range map[string]struct {
		files string
		mode  os.FileMode
		want  string // the end of Check's error, "" for a queue
	}{
		"an empty one":                    {"", 0o770, ""},
		"files of others":                 {"README a.b", 0o770, ""},
		"one queue in it":                 {"in/", 0o770, ""},
		"Mailman's qfiles":                {"in/ out/ virgin/ bad/ shunt/", 0o770, "holds queues: in, out, virgin; name one"},
		"queues of their own names":       {"a/ENTRY.pck b/ENTRY.bak c/ENTRY.psv d/", 0o770, "holds queues: a, b, c; name one"},
		"one by its name, one by entries": {"in/ mine/x mine/ENTRY.pck other/x", 0o770, "holds queues: in, mine; name one"},
		"a sandbox":                       {"in/ENTRY.pck handlers/x", 0o770, ""},
		"what does not count":             {"bad/ENTRY.psv shunt/ENTRY.pck retry/ENTRY.pck hold/ENTRY.pck", 0o770, ""},
		"one that does":                   {"bad/ENTRY.psv shunt/ENTRY.pck in/", 0o770, ""},
		"with an entry, ready":            {"in/ out/ ENTRY.pck", 0o770, ""},
		"with an entry, in flight":        {"in/ out/ ENTRY.bak", 0o770, ""},
		"with an entry, preserved":        {"in/ out/ ENTRY.psv", 0o770, ""},
		"with a temporary file":           {"in/ out/ ENTRY.pck.tmp", 0o770, ""},
		"with an entry that is none":      {"in/ out/ ENTRY.pck/", 0o770, "holds queues: in, out; name one"},
		"with a stray":                    {"in/ out/ x.pck", 0o770, "holds queues: in, out; name one"},
		"that qrun has run":               {"in/ out/ switchboard.lock", 0o770, ""},
		"that was deep":                   {"in/ out/ switchboard.claims", 0o770, ""},
		"subdirectories":                  {"a/ b/ c/x d/e/", 0o770, ""},
		"many queues":                     {manyQueues(20, "ENTRY.pck"), 0o770, "holds queues: q00, q01, q02, q03, q04, q05, q06, q07, q08, q09, q10, q11, ...; name one"},

		"for everybody":                     {"", 0o777 | os.ModeSticky, "sticky and writable by everybody"},
		"for everybody, with an entry":      {"ENTRY.pck", 0o777 | os.ModeSticky, "sticky and writable by everybody"},
		"for everybody, that qrun has run":  {"switchboard.lock", 0o777 | os.ModeSticky, ""},
		"writable by everybody, not sticky": {"", 0o777, ""},
		"sticky, not writable by everybody": {"", 0o770 | os.ModeSticky, ""},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "d")
			for _, name := range append(strings.Fields(test.files), "") {
				path := filepath.Join(dir, strings.ReplaceAll(name, "ENTRY", entry))
				if name == "" || strings.HasSuffix(name, "/") {
					if err := os.MkdirAll(path, 0o770); err != nil {
						t.Fatal(err)
					}
					continue
				}
				os.MkdirAll(filepath.Dir(path), 0o770)
				if err := os.WriteFile(path, nil, 0o660); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Chmod(dir, test.mode); err != nil {
				t.Fatal(err)
			}
			d, err := Open(dir, Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			err = d.Check(hasRunner)
			if test.want == "" && err != nil || test.want != "" && (!errors.Is(err, ErrNotQueue) || !strings.HasSuffix(err.Error(), test.want)) {
				t.Errorf("%v; it should be %q", err, test.want)
			}
		})
	}
}

// hasRunner says whether Mailman has a runner for a queue, as far as these tests need it.
func hasRunner(name string) bool {
	return name == "in" || name == "out" || name == "virgin" || name == "retry"
}

func manyQueues(n int, entry string) string {
	var names []string
	for i := range n {
		names = append(names, "q"+string(rune('0'+i/10))+string(rune('0'+i%10))+"/"+entry)
	}
	return strings.Join(names, " ")
}

// TestCheckIsCheap checks that Check reads a handful of names of a deep queue at most. It
// must read none if the directory's number of links says that it does not hold two
// queues.
func TestCheckIsCheap(t *testing.T) {
	t.Parallel()
	for _, subdirectories := range []uint64{0, 1, 5} {
		w := newWorld()
		for i := range 2000 {
			w.disk.Place("/q/in/"+testID(i).Name(Ready), syscall.S_IFREG, 0o660, 0, 0)
		}
		d, err := w.open("/q/in", Options{})
		must(t, err)
		read := 0
		d.dir = countingDir{d.dir, 2 + subdirectories, &read}
		if err := d.Check(hasRunner); err != nil {
			t.Error(err)
		}
		if most := map[uint64]int{0: 0, 1: 0, 5: 1}[subdirectories]; read > most {
			t.Errorf("with %d subdirectories it reads %d names", subdirectories, read)
		}
	}
}

// countingDir counts the names that are read, and returns links as its number of links.
type countingDir struct {
	disk.Dir
	links uint64
	read  *int
}

func (d countingDir) Stat() (disk.Stat, error) {
	s, err := d.Dir.Stat()
	s.Nlink = d.links
	return s, err
}

func (d countingDir) Read(fn func([]byte, bool) error) error {
	return d.Dir.Read(func(name []byte, regular bool) error {
		*d.read++
		return fn(name, regular)
	})
}
