package schema_test

import (
	"errors"
	"strings"
	"testing"

	"switchboard/pkg/pgqueue/internal/schema"
	"switchboard/pkg/pgqueue/internal/server"
	"switchboard/test/harness"
	"switchboard/test/harness/postgres"
)

func TestMain(m *testing.M) { harness.Main(m) }

func TestInit(t *testing.T) {
	t.Parallel()
	d := postgres.Shared(t).Database(t)
	s, err := server.Open(t.Context(), server.Config{DSN: d.DSN()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := schema.Check(t.Context(), s); !errors.Is(err, schema.ErrMissing) || !errors.Is(err, server.ErrConfiguration) || !strings.Contains(err.Error(), "the database "+d.Name+" at ") {
		t.Error(err)
	}
	for _, before := range []int{0, schema.Version} {
		if got, err := schema.Init(t.Context(), s); got != before || err != nil {
			t.Fatal(got, err)
		}
		if err := schema.Check(t.Context(), s); err != nil {
			t.Error(err)
		}
	}
	d.SQL(t, "update switchboard.version set version = 99")
	if _, err := schema.Init(t.Context(), s); err != schema.ErrNew {
		t.Error(err)
	}
	if err := schema.Check(t.Context(), s); err != schema.ErrNew {
		t.Error(err)
	}
}
