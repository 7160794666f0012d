package schema

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"switchboard/pkg/pgqueue/internal/server"
	"switchboard/test/harness/postgres"
)

// connect opens a connection as Init wants it.
func connect(t *testing.T, c server.Config) *server.Server {
	t.Helper()
	c.Long = true
	s, err := server.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

const version = "select version from switchboard.version"

// TestUpgrade checks that an upgrade is made as a whole or not at all, and that a failed one can
// be made again.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	d := postgres.Shared(t).Database(t)
	s := connect(t, server.Config{DSN: d.DSN()})
	if _, err := Init(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	const add, broken, more = "alter table switchboard.entry add one int", "alter table switchboard.entry add two int; select 1/0", "alter table switchboard.entry add two int"
	_, err := upgrade(t.Context(), s, append(slices.Clone(steps), add, broken))
	if server.Code(err) != "22012" {
		t.Errorf("a broken step: %v", err)
	}
	columns := "select count(*) from information_schema.columns where table_schema = 'switchboard' and column_name in ('one', 'two')"
	if got := d.SQL(t, version) + " " + d.SQL(t, columns); got != "2 0" {
		t.Errorf("after a broken step: %s", got)
	}
	if err := Check(t.Context(), s); err != nil {
		t.Error(err)
	}
	if before, err := upgrade(t.Context(), s, append(slices.Clone(steps), add, more)); before != Version || err != nil {
		t.Error(before, err)
	}
	if got := d.SQL(t, version) + " " + d.SQL(t, columns); got != "4 2" {
		t.Errorf("after two steps: %s", got)
	}
	if err := Check(t.Context(), s); err != ErrNew || !strings.Contains(err.Error(), "switchboard-pg --version") {
		t.Error(err)
	}
}

// TestInitsAtOnce checks that of several calls at once, one makes the tables, and all succeed.
func TestInitsAtOnce(t *testing.T) {
	t.Parallel()
	d := postgres.Shared(t).Database(t)
	// With repeatable read, the second one would not see what it waited for.
	d.SQL(t, "alter database "+d.Name+" set default_transaction_isolation = 'repeatable read'")
	var all sync.WaitGroup
	var mu sync.Mutex
	made := 0
	for range 6 {
		s := connect(t, server.Config{DSN: d.DSN(), Timeout: time.Minute})
		all.Go(func() {
			before, err := Init(t.Context(), s)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			} else if before == 0 {
				made++
			}
		})
	}
	all.Wait()
	if got := d.SQL(t, version); got != "2" || made != 1 {
		t.Errorf("version %s, made %d times", got, made)
	}
}

// TestSlowUpgrade checks that a step may take longer than the timeout, and than the role and the
// database allow, but does not wait for tables that are in use.
func TestSlowUpgrade(t *testing.T) {
	t.Parallel()
	d := postgres.Shared(t).Database(t)
	d.SQL(t, "alter database "+d.Name+" set statement_timeout = '100ms'; alter database "+d.Name+" set lock_timeout = '1ms'")
	s := connect(t, server.Config{DSN: d.DSN(), Timeout: 2 * time.Second})
	if _, err := upgrade(t.Context(), s, append(slices.Clone(steps), "select pg_sleep(2.1)")); err != nil {
		t.Fatal(err)
	}
	held := make(chan struct{})
	over := make(chan error, 1)
	other := connect(t, server.Config{DSN: d.DSN()})
	lock := func(sql string) {
		go func() {
			over <- other.Write(t.Context(), false, func(tx *server.Tx) error {
				_, err := tx.Exec(sql)
				held <- struct{}{}
				<-held
				return err
			})
		}()
		<-held
	}
	for _, test := range []struct {
		sql  string
		want error
	}{
		{"lock table switchboard.entry in row exclusive mode", inUse},
		{locked, otherInit},
	} {
		lock(test.sql)
		_, err := upgrade(t.Context(), s, append(slices.Clone(steps), "", "alter table switchboard.entry add one int"))
		if err != test.want || !errors.Is(err, server.ErrBusy) {
			t.Errorf("%s: %v", test.sql, err)
		}
		held <- struct{}{}
		if err := <-over; err != nil {
			t.Error(err)
		}
	}
}

// TestLostStandbys checks that a command that leaves the durability to the server is refused by
// one that had synchronous standbys and has lost them: it would acknowledge alone.
func TestLostStandbys(t *testing.T) {
	t.Parallel()
	d := postgres.Start(t, postgres.Memory).Database(t)
	standbys := func(names string) {
		d.SQL(t, "alter system set synchronous_standby_names = '"+names+"'")
		d.SQL(t, "select pg_reload_conf()")
		for d.SQL(t, "show synchronous_standby_names") != names {
			time.Sleep(10 * time.Millisecond)
		}
	}
	initialize := func(durability server.Durability) {
		t.Helper()
		if _, err := Init(t.Context(), connect(t, server.Config{DSN: d.DSN(), Durability: durability})); err != nil {
			t.Fatal(err)
		}
	}
	check := func(durability server.Durability, want error, warning string) {
		t.Helper()
		c := server.Config{DSN: d.DSN(), Durability: durability}
		if err := Check(t.Context(), connect(t, c)); err != want {
			t.Errorf("%q: %v, not %v", durability, err, want)
		}
		found, err := Examine(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		warnings := found.Warnings(durability)
		if err := found.Waits(durability); err != nil {
			warnings = append(warnings, err.Error())
		}
		if got := strings.Join(warnings, "; "); found.Err != want || !strings.Contains(got, warning) || warning == "" && got != "" {
			t.Errorf("%q: %v, %s", durability, found.Err, got)
		}
	}
	initialize(server.Auto)
	check(server.Auto, nil, "on one server")
	standbys("nobody")
	check(server.Auto, nil, "since switchboard-pg init")
	s, done := connect(t, server.Config{DSN: d.DSN(), Timeout: time.Minute}), make(chan error)
	go func() {
		_, err := Init(t.Context(), s)
		done <- err
	}()
	waiting := func() string { return d.SQL(t, "select count(*) from pg_stat_activity where wait_event = 'SyncRep'") }
	for waiting() != "1" { // nobody confirms it
		time.Sleep(10 * time.Millisecond)
	}
	d.SQL(t, "select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'")
	if err := <-done; !errors.Is(err, server.ErrUnknown) {
		t.Error(err)
	}
	check(server.Auto, nil, "0 of the 1 standbys")
	standbys("")
	check(server.Auto, ErrLost, "")
	check(server.Local, nil, "")
	initialize(server.Auto) // which does not forget it
	check(server.Auto, ErrLost, "")
	initialize(server.Local)
	check(server.Auto, nil, "on one server")
}
