package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"switchboard/test/harness"
	"switchboard/test/harness/postgres"
)

// TestMemoryOfLong checks that a message of many chunks takes hardly more memory than a small
// one, on its way in and on its way out. How much a small one takes is the kernel's business:
// most of it is the program's own pages.
func TestMemoryOfLong(t *testing.T) {
	t.Parallel()
	d := postgres.Shared(t).Database(t)
	config := configured(t, d.DSN(), "timeout = \"1m\"\n")
	if status, _, diag := call(t, nil, "init", config); status != 0 {
		t.Fatal(diag)
	}
	peak := filepath.Join(t.TempDir(), "peak")
	if out, err := exec.Command("go", "build", "-o", peak, "switchboard/test/bench/peak").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	// run returns what a command prints, and the most memory it had, in KiB.
	run := func(stdin []byte, args ...string) (string, int) {
		t.Helper()
		cmd := exec.Command(peak, append([]string{filepath.Join(harness.Bin(t), "switchboard-pg"), args[0], config}, args[1:]...)...)
		cmd.Stdin = bytes.NewReader(stdin)
		out, err := os.Create(filepath.Join(t.TempDir(), "out"))
		if err != nil {
			t.Fatal(err)
		}
		defer out.Close()
		var figure strings.Builder
		cmd.Stdout, cmd.Stderr = out, &figure
		if err := cmd.Run(); err != nil {
			t.Fatalf("%q: %v\n%s", args, err, figure.String())
		}
		kib, err := strconv.Atoi(strings.TrimSpace(figure.String()))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(io.NewSectionReader(out, 0, 1<<30))
		if err != nil {
			t.Fatal(err)
		}
		return string(text), kib
	}
	small := []byte("Subject: small\n\nshort\n")
	long := append([]byte("Subject: long\n\n"), bytes.Repeat([]byte("a line of a long message\n"), 8<<20/25)...)
	few, many := map[string]int{}, map[string]int{}
	for text, most := range map[*[]byte]map[string]int{&small: few, &long: many} {
		path, kib := run(*text, "qenqueue", "pg:out")
		most["qenqueue"] = kib
		got, kib := run(nil, "qcat", strings.TrimSpace(path))
		most["qcat"] = kib
		if got != string(*text) {
			t.Errorf("%d bytes came back of %d, or others", len(got), len(*text))
		}
	}
	for what, kib := range many {
		if more := kib - few[what]; more > 6<<10 {
			t.Errorf("%s of %d bytes takes %d KiB, %d more than of a small message", what, len(long), kib, more)
		}
	}
	t.Log(few, many)
}
