package server_test

import (
	"errors"
	"testing"

	"switchboard/pkg/pgqueue/internal/server"
	"switchboard/test/harness/postgres"
)

// TestSync checks that Sync says when a crash may have undone what was not durable, and that
// it says so once.
func TestSync(t *testing.T) {
	t.Parallel()
	own := postgres.Start(t, postgres.Memory)
	d := own.Database(t)
	d.SQL(t, "create table t (n int)")
	s := open(t, d, server.Config{})
	insert := server.Statement{SQL: "insert into public.t values (1)"}
	if err := s.Sync(t.Context()); err != nil {
		t.Error("nothing to sync:", err)
	}
	if err := s.Do(t.Context(), false, insert); err != nil {
		t.Fatal(err)
	}
	before := d.SQL(t, "select pg_current_wal_flush_lsn()")
	if err := s.Sync(t.Context()); err != nil {
		t.Error(err)
	}
	if after := d.SQL(t, "select pg_current_wal_flush_lsn()"); after == before {
		t.Errorf("nothing was flushed: %s", after)
	}
	if err := s.Do(t.Context(), false, insert); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(own.Stop(), own.Start()); err != nil {
		t.Fatal(err)
	}
	if err := s.Sync(t.Context()); !errors.Is(err, server.ErrForgotten) || errors.Is(err, server.ErrUnknown) {
		t.Error(err)
	}
	for range 2 {
		if err := s.Sync(t.Context()); err != nil {
			t.Error(err)
		}
		if err := s.Do(t.Context(), false, insert); err != nil {
			t.Error(err)
		}
	}
}
