package server

import (
	"context"
	"fmt"
	"strconv"
	"time"
)

// prepare sets up a connection that was just made, and checks that its server keeps what is
// promised. It does so on each, because the server may be another one than before.
func (s *Server) prepare(ctx context.Context, c *conn) error {
	// client_min_messages=error would hide the only sign of a commit that was not replicated.
	// A transaction whose client is gone must not keep its rows locked.
	// The server ends a statement before the client gives up, because the client must not
	// cancel anything.
	settings := "set client_min_messages = warning; set search_path = pg_catalog; set standard_conforming_strings = on;" +
		// A plan that was made while a table was empty is kept, and must be the one for a full table.
		"set jit = off; set enable_seqscan = off; set enable_bitmapscan = off; set enable_sort = off; set plan_cache_mode = force_generic_plan;" +
		fmt.Sprintf("set statement_timeout = %d; set lock_timeout = %d; set idle_in_transaction_session_timeout = %d;",
			milliseconds(s.config.timeout()*3/4), milliseconds(s.config.timeout()/2), milliseconds(3*s.config.timeout()))
	results, err := c.pg.Exec(ctx, settings+`
		select current_setting('server_version_num'), pg_is_in_recovery() or current_setting('transaction_read_only')::bool,
			current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_standby_names') <> '',
			current_setting('max_wal_senders')`).ReadAll()
	if err != nil {
		return err
	}
	row := results[len(results)-1].Rows[0]
	is := func(i int, text string) bool { return string(row[i]) == text }
	version, err := strconv.Atoi(string(row[0]))
	switch {
	case err != nil || version < oldest*10000:
		return failed(ErrConfiguration, "the server is PostgreSQL %d, but %d or later is needed", version/10000, oldest)
	case is(1, "t"):
		return failed(ErrUnreachable, "the server is a standby: it accepts no changes")
	case !is(2, "on"):
		return failed(ErrConfiguration, "the server has fsync = off: it loses mail when the power fails")
	case !is(3, "on"):
		return failed(ErrConfiguration, "the server has full_page_writes = off: it loses mail when the power fails")
	}
	standbys := is(4, "t") && !is(5, "0")
	s.mu.Lock()
	if s.durability == Auto {
		s.durability = Local
		if standbys {
			s.durability = Quorum
		}
	}
	durability := s.durability
	s.mu.Unlock()
	level := "local"
	if durability == Quorum {
		level = "on"
		if !standbys {
			return failed(ErrConfiguration, "%s", noStandbys)
		}
	}
	_, err = c.pg.Exec(ctx, "set synchronous_commit = "+level).ReadAll()
	return err
}

// oldest is the oldest version of PostgreSQL that is supported.
const oldest = 12

// noStandbys says that a quorum cannot be had.
const noStandbys = `the server has no synchronous standbys (synchronous_standby_names is empty), but durability is "quorum"`

func milliseconds(d time.Duration) int64 { return max(d.Milliseconds(), 1) }
