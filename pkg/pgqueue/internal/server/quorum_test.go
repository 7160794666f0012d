package server_test

import (
	"errors"
	"testing"
	"time"

	"switchboard/pkg/pgqueue/internal/server"
	"switchboard/test/harness/postgres"
)

// TestQuorum checks what becomes of a commit that no standby confirms.
func TestQuorum(t *testing.T) {
	t.Parallel()
	d := postgres.Start(t, postgres.Memory, "wal_level=replica", "max_wal_senders=5").Database(t)
	d.SQL(t, "create table t (n int)")
	standbys := func(names string) {
		d.SQL(t, "alter system set synchronous_standby_names = '"+names+"'")
		d.SQL(t, "select pg_reload_conf()")
		for d.SQL(t, "show synchronous_standby_names") != names {
			time.Sleep(10 * time.Millisecond)
		}
	}
	rows := func() string { return d.SQL(t, "set synchronous_commit = local; select count(*) from t") }
	waiting := func() string {
		return d.SQL(t, "select count(*) from pg_stat_activity where wait_event = 'SyncRep'")
	}
	standbys("nobody")
	t.Cleanup(func() { standbys("") }) // dropping the database waits, too
	s := open(t, d, server.Config{Durability: server.Quorum, Timeout: 2 * time.Second})
	insert := server.Statement{SQL: "insert into public.t values (1)"}

	// pgx would cancel the commit that it gives up, and the row would be there at once.
	if err := s.Do(t.Context(), true, insert); !errors.Is(err, server.ErrUnknown) {
		t.Error(err)
	}
	time.Sleep(200 * time.Millisecond)
	if got := rows(); got != "0" || waiting() != "1" {
		t.Errorf("%s rows after a commit that was given up", got)
	}
	// Another one is canceled by somebody else: only a warning says so.
	done := make(chan error)
	go func() { done <- s.Do(t.Context(), true, insert) }()
	for waiting() != "2" { // the first one waits for ever
		time.Sleep(10 * time.Millisecond)
	}
	d.SQL(t, "select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'")
	if err := <-done; !errors.Is(err, server.ErrUnknown) {
		t.Error(err)
	}
	before := rows()
	// The names are gone: the commit would not wait for anybody.
	standbys("")
	if err := s.Do(t.Context(), true, insert); !errors.Is(err, server.ErrBusy) && !errors.Is(err, server.ErrConfiguration) {
		t.Error(err)
	}
	if got := rows(); got != before {
		t.Errorf("%s rows, not %s", got, before)
	}
}
