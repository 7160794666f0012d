package message

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestCases checks entries that an earlier version wrote differently from Python. Each
// comes with what Python writes.
func TestCases(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/cases/*/*.pck")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases, %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(filepath.Join(filepath.Dir(file), "expect.eml"))
			if err != nil {
				t.Fatal(err)
			}
			if got := messageOf(t, mustRead(t, data)); !bytes.Equal(got, want) {
				t.Errorf("%q, want %q", got, want)
			}
		})
	}
}
