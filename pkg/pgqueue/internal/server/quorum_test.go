package server_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"switchboard/pkg/pgqueue/internal/server"
	"switchboard/test/harness/postgres"
)

// replicated is a database whose commits wait for a standby that does not exist.
type replicated struct {
	*postgres.Database
	*testing.T
}

// standbys sets synchronous_standby_names.
func (r replicated) standbys(names string) {
	r.SQL(r.T, "alter system set synchronous_standby_names = '"+names+"'")
	r.SQL(r.T, "select pg_reload_conf()")
	for r.SQL(r.T, "show synchronous_standby_names") != names {
		time.Sleep(10 * time.Millisecond)
	}
}

func (r replicated) rows() string {
	return r.SQL(r.T, "set synchronous_commit = local; select count(*) from t")
}

// waiting is how many commits wait.
func (r replicated) waiting() string {
	return r.SQL(r.T, "select count(*) from pg_stat_activity where wait_event = 'SyncRep'")
}

// end ends the commits that wait, and forgets the rows.
func (r replicated) end() {
	r.standbys("")
	for r.waiting() != "0" {
		time.Sleep(10 * time.Millisecond)
	}
	r.SQL(r.T, "truncate t")
}

var insert = server.Statement{SQL: "insert into public.t values (1)"}

// commit commits a row, durably.
type commit func(context.Context) error

// givenUp checks a commit that nobody confirms in time: it must stay invisible. pgx would
// cancel it, and its row would be there at once.
func givenUp(ctx context.Context, r replicated, commit commit, wait time.Duration) error {
	if err := commit(ctx); !errors.Is(err, server.ErrUnknown) {
		return fmt.Errorf("given up: %w", err)
	}
	for end := time.Now().Add(wait); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if rows, waiting := r.rows(), r.waiting(); rows != "0" || waiting != "1" {
			return fmt.Errorf("%s rows after a commit that was given up, and %s commits wait", rows, waiting)
		}
	}
	return nil
}

// canceled checks a commit that somebody else cancels: only a warning says so.
func canceled(ctx context.Context, r replicated, commit commit, _ time.Duration) error {
	done := make(chan error)
	go func() { done <- commit(ctx) }()
	for r.waiting() != "1" {
		time.Sleep(10 * time.Millisecond)
	}
	r.SQL(r.T, "select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'")
	if err := <-done; !errors.Is(err, server.ErrUnknown) {
		return fmt.Errorf("canceled: %v", err)
	}
	return nil
}

// emptied checks a commit after the names have gone: it would not wait for anybody.
func emptied(ctx context.Context, r replicated, commit commit, _ time.Duration) error {
	r.standbys("")
	err := commit(ctx)
	if rows := r.rows(); !errors.Is(err, server.ErrBusy) && !errors.Is(err, server.ErrConfiguration) || rows != "0" {
		return fmt.Errorf("no standbys: %v, %s rows", err, rows)
	}
	return nil
}

// naive returns a commit by pgx alone, with the errors that this package would make of its.
// Nothing warns it, as on servers that are told not to.
func (r replicated) naive(t *testing.T, timeout time.Duration) commit {
	t.Helper()
	c, err := pgconn.Connect(t.Context(), r.DSN())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(context.Background()) })
	return func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		_, err := c.Exec(ctx, "set client_min_messages = error; begin; "+insert.SQL+"; commit").ReadAll()
		if err != nil {
			err = fmt.Errorf("%w: %w", server.ErrUnknown, err)
		}
		return err
	}
}

// TestQuorum checks what becomes of a commit that no standby confirms, and that each check
// notices a client that has no safeguards.
func TestQuorum(t *testing.T) {
	t.Parallel()
	r := replicated{postgres.Start(t, postgres.Memory, "wal_level=replica", "max_wal_senders=5").Database(t), t}
	r.SQL(t, "create table t (n int)")
	t.Cleanup(func() { r.standbys("") }) // dropping the database waits, too
	for _, test := range []struct {
		name    string
		check   func(context.Context, replicated, commit, time.Duration) error
		timeout time.Duration
	}{
		{"given up", givenUp, 2 * time.Second}, {"canceled", canceled, time.Minute}, {"no names", emptied, time.Minute},
	} {
		r.standbys("nobody")
		s, err := server.Open(t.Context(), server.Config{DSN: r.DSN(), Durability: server.Quorum, Timeout: test.timeout})
		if err != nil {
			t.Fatal(err)
		}
		ours := func(ctx context.Context) error { return s.Do(ctx, true, insert) }
		if err := test.check(t.Context(), r, ours, 300*time.Millisecond); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		s.Close()
		r.end()
		r.standbys("nobody")
		if err := test.check(t.Context(), r, r.naive(t, test.timeout), time.Minute); err == nil {
			t.Errorf("%s: a client without safeguards passes", test.name)
		}
		r.end()
	}
}
