package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWriteReadme checks that only the text between the two lines changes, and that it has
// only the rows with a goal.
func TestWriteReadme(t *testing.T) {
	b := &bench{rows: []row{{what: "with a goal", ratio: 1.234, goal: 1.5}, {what: "without one", ratio: 2}}}
	path := filepath.Join(t.TempDir(), "README.md")
	if err := os.WriteFile(path, []byte("before\n"+figuresBegin+"old\n"+figuresEnd+"after\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := b.writeReadme(path); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		text := string(got)
		if err != nil || !strings.HasPrefix(text, "before\n"+figuresBegin) || !strings.HasSuffix(text, figuresEnd+"after\n") ||
			!strings.Contains(text, "| with a goal |  |  | 1.23 | ≤ 1.5 |\n") || !strings.Contains(text, machine()) ||
			strings.Contains(text, "without one") || strings.Contains(text, "old") {
			t.Fatalf("%v\n%s", err, text)
		}
	}
	if err := os.WriteFile(path, []byte("nothing to replace\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if b.writeReadme(path) == nil {
		t.Error("figures were written into a README without a place for them")
	}
}

func TestMissed(t *testing.T) {
	for _, test := range []struct {
		ratio, goal float64
		missed      bool
	}{{1.2, 1.3, false}, {1.31, 1.3, true}, {8.1, -8, false}, {7.9, -8, true}, {99, 0, false}} {
		if got := (row{ratio: test.ratio, goal: test.goal}).missed(); got != test.missed {
			t.Errorf("%v of %v: %v", test.ratio, test.goal, got)
		}
	}
}
