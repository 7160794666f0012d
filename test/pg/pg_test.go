package pg

import (
	"testing"

	"switchboard/test/harness"
	"switchboard/test/harness/postgres"
)

func TestMain(m *testing.M) { harness.Main(m, postgres.Begin) }
