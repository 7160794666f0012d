package server_test

import (
	"context"
	"errors"
	"io/fs"
	"testing"
	"time"

	"switchboard/pkg/pgqueue/internal/server"
	"switchboard/test/harness"
	"switchboard/test/harness/postgres"
)

func TestMain(m *testing.M) { harness.Main(m) }

// open opens a connection to a database of its own.
func open(t *testing.T, d *postgres.Database, c server.Config) *server.Server {
	t.Helper()
	c.DSN = d.DSN()
	s, err := server.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func TestTransactions(t *testing.T) {
	t.Parallel()
	d := postgres.Shared(t).Database(t)
	d.SQL(t, "create table t (n int primary key, b bytea)")
	s := open(t, d, server.Config{})
	for _, durable := range []bool{true, false} {
		var n int64
		var got []int
		err := s.Do(t.Context(), durable,
			server.Statement{SQL: "insert into public.t values ($1, $2), ($1 + 1, $2)", Args: []any{10, []byte("\x00\xff")}, Count: &n},
			server.Statement{SQL: "delete from public.t returning n", Row: func(r server.Row) error {
				got = append(got, 0)
				return r.Scan(&got[len(got)-1])
			}})
		if err != nil || n != 2 || len(got) != 2 || got[1] != 11 {
			t.Errorf("%v: %d, %v", err, n, got)
		}
	}
	// A statement that fails takes those before it with it, and leaves the connection usable.
	for range 2 {
		err := s.Do(t.Context(), true,
			server.Statement{SQL: "insert into public.t values (1)"},
			server.Statement{SQL: "insert into public.t values (1)"})
		if !errors.Is(err, server.ErrUnique) || errors.Is(err, server.ErrUnknown) {
			t.Error(err)
		}
	}
	mine := errors.New("mine")
	err := s.Write(t.Context(), true, func(tx *server.Tx) error {
		if n, err := tx.Exec("insert into public.t values (2)"); n != 1 || err != nil {
			t.Error(n, err)
		}
		var none int
		if err := tx.Get([]any{&none}, "select n from public.t where n = 3"); !errors.Is(err, server.ErrNoRows) {
			t.Error(err)
		}
		return mine
	})
	if err != mine {
		t.Error(err)
	}
	err = s.Write(t.Context(), false, func(tx *server.Tx) error {
		_, err := tx.Exec("insert into public.t values (4)")
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if got := d.SQL(t, "select n from t"); got != "4" {
		t.Errorf("%q", got)
	}
	err = s.Read(t.Context(), func(tx *server.Tx) error {
		_, err := tx.Exec("delete from public.t")
		return err
	})
	if err == nil {
		t.Error("Read deletes")
	}
	if err := s.Look(t.Context(), server.Statement{SQL: "select 1/0"}); !errors.Is(err, server.ErrStatement) || server.Code(err) != "22012" {
		t.Error(err)
	}
}

func TestListen(t *testing.T) {
	t.Parallel()
	d := postgres.Shared(t).Database(t)
	s := open(t, d, server.Config{})
	l, err := s.Listen(t.Context(), `a "channel`)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if got, err := l.Wait(t.Context(), time.Millisecond); got != nil || err != nil {
		t.Error(got, err)
	}
	err = s.Do(t.Context(), true, server.Statement{SQL: "select 1"}, server.Notify(`a "channel`, "x"))
	if err != nil {
		t.Error(err)
	}
	if got, err := l.Wait(t.Context(), time.Minute); len(got) != 1 || got[0] != "x" || err != nil {
		t.Error(got, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Wait(ctx, time.Minute); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	d := postgres.Shared(t).Database(t)
	_, err := server.Open(t.Context(), server.Config{DSN: d.DSN() + " dbname=nosuch"})
	if !errors.Is(err, server.ErrConfiguration) {
		t.Error(err)
	}
	_, err = server.Open(t.Context(), server.Config{DSN: "host=" + t.TempDir()})
	if !errors.Is(err, server.ErrUnreachable) {
		t.Error(err)
	}
	_, err = server.Open(t.Context(), server.Config{DSN: d.TCP() + " password=wrong"})
	if !errors.Is(err, fs.ErrPermission) {
		t.Error(err)
	}
}

// TestLongWrite checks that a connection is used again on which a write took so long that pgx
// began to read meanwhile.
func TestLongWrite(t *testing.T) {
	t.Parallel()
	d := postgres.Shared(t).Database(t)
	d.SQL(t, "create table t (b bytea)")
	s := open(t, d, server.Config{})
	for range 3 {
		err := s.Do(t.Context(), false,
			server.Statement{SQL: "select pg_sleep(0.1)"},
			server.Statement{SQL: "insert into public.t values ($1)", Args: []any{make([]byte, 8<<20)}})
		if err != nil {
			t.Fatal(err)
		}
	}
}
