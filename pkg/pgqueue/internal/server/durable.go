package server

import (
	"context"
	"fmt"
	"time"
)

// prepare sets up a connection that was just made, and checks that its server keeps what is
// promised. It does so on each, because the server may be another one than before.
func (s *Server) prepare(ctx context.Context, c *conn) error {
	if err := s.ask(ctx, c); err != nil {
		return err
	}
	level := "local"
	if s.config.Lenient {
		if c.facts.ReadOnly && len(s.hosts) > 1 {
			return failed(errStandby, "%s", isStandby)
		}
	} else {
		durability := s.decide(c.facts)
		for _, err := range c.facts.Problems(durability) {
			return err
		}
		if durability == Quorum {
			level = "on"
		}
	}
	if c.facts.Version < oldest*10000 {
		return nil // it does not know all settings
	}
	_, err := c.pg.Exec(ctx, s.session()+"set synchronous_commit = "+level).ReadAll()
	return err
}

// ask asks the server for its facts. It keeps nothing of an answer that is not one.
func (s *Server) ask(ctx context.Context, c *conn) error {
	results := c.pg.Exec(ctx, s.limit()+question)
	rows := 0
	var bad error
	for results.NextResult() {
		for reader := results.ResultReader(); bad == nil && reader.NextRow(); rows++ {
			bad = c.facts.read(reader.Values())
		}
		if bad != nil || rows > 1 {
			c.pg.Conn().Close() // what follows may be endless
			return failed(ErrUnreachable, "%s", notServer)
		}
	}
	if err := results.Close(); err != nil {
		return err
	}
	if rows != 1 {
		return failed(ErrUnreachable, "%s", notServer)
	}
	return nil
}

// notServer says that what answers is not PostgreSQL.
const notServer = "the answer is not that of PostgreSQL"

func milliseconds(d time.Duration) int64 { return max(d.Milliseconds(), 1) }

// limit sets how long a statement may take, whatever the role or the database sets. The server
// ends a statement before the client gives up, which cancels nothing. A commit that waits for a
// standby is not ended.
func (s *Server) limit() string {
	if s.config.Long {
		return "set statement_timeout = 0;"
	}
	return fmt.Sprintf("set statement_timeout = %d;", milliseconds(s.config.timeout()*3/4))
}

// session returns the settings of a connection.
func (s *Server) session() string {
	timeout := s.config.timeout()
	return fmt.Sprintf(`
		-- With error, the only sign of a commit that was not replicated would be hidden.
		set client_min_messages = warning;
		set search_path = pg_catalog; set standard_conforming_strings = on;
		-- Statements that wait for a row see what it has become.
		set default_transaction_isolation = 'read committed'; set default_transaction_deferrable = off;
		set lock_timeout = %d;
		-- A transaction whose client is gone must not keep its rows locked.
		set idle_in_transaction_session_timeout = %d;
		-- A plan that was made while a table was empty is kept, and must be the one for a full table.
		set jit = off; set enable_seqscan = off; set enable_bitmapscan = off; set enable_sort = off;
		set plan_cache_mode = force_generic_plan;
		`, milliseconds(timeout/2), milliseconds(3*timeout))
}

// decide returns the durability. Auto becomes what the first server has: if it has no
// synchronous standbys any more later, that is an error.
func (s *Server) decide(f Facts) Durability {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.durability == Auto {
		s.durability = f.Durability()
	}
	return s.durability
}
