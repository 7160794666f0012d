package pg

import (
	"flag"
	"testing"

	"switchboard/test/harness"
	"switchboard/test/harness/postgres"
)

func TestMain(m *testing.M) { harness.Main(m, postgres.Begin, fewer) }

// fewer makes TestBoth short, unless the command line says how often it tries. CI has it try as
// often as rapid does by itself.
func fewer() {
	if !harness.CI() {
		flag.Set("rapid.checks", "25")
	}
}
