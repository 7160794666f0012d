package golden

import (
	"os"
	"path/filepath"
	"testing"

	"switchboard/test/checkout"
)

// CaseFile returns the queue file of a case in testdata/cases. An earlier version got
// each of these wrong.
func CaseFile(tb testing.TB, name string) (path string, data []byte) {
	tb.Helper()
	root, err := checkout.Root()
	if err != nil {
		tb.Fatal(err)
	}
	found, err := filepath.Glob(filepath.Join(root, "test/golden/testdata/cases", name, "*.pck"))
	if err != nil || len(found) != 1 {
		tb.Fatalf("case %s: %q, %v", name, found, err)
	}
	if data, err = os.ReadFile(found[0]); err != nil {
		tb.Fatal(err)
	}
	return found[0], data
}
