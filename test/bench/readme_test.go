package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWriteReadme checks that only the text between the two lines changes, and that it has
// the plots, the chosen rows, the rule, and how many goals were missed.
func TestWriteReadme(t *testing.T) {
	b := &bench{rows: []*row{
		{what: "shown", ratio: 1.234, low: 1.2, high: 1.3, goal: 1.5, shown: "main row"},
		{what: "missed", ratio: 2, goal: 1.5, shown: "missed"},
		{what: "not shown", ratio: 2},
	}, cycles: []cycle{{name: "ours"}}}
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
			!strings.Contains(text, "| shown |  |  | 1.23 | ≤ 1.5 |\n") || !strings.Contains(text, "| missed |  |  | 2.00 | ≤ 1.5 **missed** |\n") ||
			!strings.Contains(text, "](test/bench/cycle.svg)") || strings.Contains(text, "claim.svg") || !strings.Contains(text, rule) || !strings.Contains(text, machine()+", 1 of 2 goals were met") ||
			strings.Contains(text, "not shown") || strings.Contains(text, "old") {
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
