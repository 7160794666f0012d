package disk

import (
	"os"
	"testing"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// skip skips a test for which something is missing, and fails it in CI.
func skip(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("SWITCHBOARD_CI") == "1" {
		t.Fatal(why)
	}
	t.Skip(why)
}
