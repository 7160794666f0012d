package interop

import (
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"switchboard/pkg/pickle"
	"switchboard/test/golden"
	"switchboard/test/harness"
)

// TestEnds compares where our reader and Python's own disassembler find the end of a
// pickle. It does so for all golden files, and for many that differ from one of them in a
// few bytes, as far as both read them.
func TestEnds(t *testing.T) {
	t.Parallel()
	python, err := exec.LookPath("python3")
	if err != nil {
		harness.Needs(t, "Python's disassembler", err)
	}
	dir := t.TempDir()
	random := rand.New(rand.NewPCG(1, 2))
	var files [][]byte
	for _, c := range golden.All(t) {
		if len(c.Data) > 20_000 {
			continue
		}
		files = append(files, c.Data)
		for range 5 {
			changed := append([]byte(nil), c.Data...)
			for range 1 + random.IntN(3) {
				changed[random.IntN(len(changed))] = byte(random.IntN(256))
			}
			files = append(files, changed)
		}
	}
	var paths strings.Builder
	for i, data := range files {
		path := filepath.Join(dir, strconv.Itoa(i))
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		paths.WriteString(path + "\n")
	}
	cmd := exec.Command(python, "ends.py")
	cmd.Stdin, cmd.Stderr = strings.NewReader(paths.String()), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Fields(string(out))
	if len(lines) != len(files) {
		t.Fatalf("%d answers for %d files", len(lines), len(files))
	}
	both := 0
	for i, data := range files {
		d, err := pickle.Decode(strings.NewReader(string(data)), int64(len(data)), 0)
		if err != nil && !errors.Is(err, pickle.ErrMalformed) {
			t.Fatal(err)
		}
		if err != nil || lines[i] == "error" {
			continue
		}
		both++
		if theirs, _ := strconv.ParseInt(lines[i], 10, 64); theirs != d.End {
			t.Errorf("file %d: our reader finds the end at %d, Python's at %s: %q", i, d.End, lines[i], data[:min(len(data), 200)])
		}
	}
	t.Logf("%d files, %d read by both", len(files), both)
	if both < len(files)/4 {
		t.Errorf("only %d of %d were read by both", both, len(files))
	}
}
