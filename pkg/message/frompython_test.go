package message

import (
	"bufio"
	"compress/gzip"
	"os"
	"strings"
	"testing"
)

// fromPython calls fn for each record of a table that a script in testdata/
// generated.
func fromPython(t testing.TB, path string, fn func(field []string)) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		fn(strings.Split(lines.Text(), "\t"))
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}
