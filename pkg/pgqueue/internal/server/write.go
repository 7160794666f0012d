package server

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
)

// Do runs statements as one transaction, in one round trip once they are prepared. The
// transaction is durable, or it is like a rename: done at once for everybody, and durable
// together with the next one that is. The functions of the statements see rows before the
// transaction is committed: what they keep must not be used if Do returns an error.
func (s *Server) Do(ctx context.Context, durable bool, statements ...Statement) error {
	statements, notices := apart(statements)
	return s.with(ctx, func(ctx context.Context, c *conn) error {
		return s.commit(ctx, c, durable, &group{statements: append(s.opening(durable), statements...)}, notices)
	})
}

// Write runs a transaction. f runs its statements, and must not wait for anything else: the
// server ends a transaction that is idle. If f returns an error, Write rolls back and
// returns it.
func (s *Server) Write(ctx context.Context, durable bool, f func(*Tx) error) error {
	return s.with(ctx, func(ctx context.Context, c *conn) error {
		tx := &Tx{ctx: ctx, conn: c, server: s, opening: append([]Statement{{SQL: "begin"}}, s.opening(durable)...)}
		err := f(tx)
		switch {
		case tx.err != nil:
			err = tx.err
		case err != nil:
			err = own{err}
		case ctx.Err() != nil:
			err = classify(ctx.Err())
		}
		switch {
		case tx.opening != nil: // no statement was run
			return err
		case err != nil:
			tx.rollback()
			return err
		}
		return s.commit(ctx, c, durable, &group{statements: []Statement{{SQL: "commit"}}}, tx.notices)
	})
}

// with runs f with a connection.
func (s *Server) with(ctx context.Context, f func(context.Context, *conn) error) error {
	return s.use(ctx, false, f)
}

// use runs f with a connection, the one that is open for longest if longest.
func (s *Server) use(ctx context.Context, longest bool, f func(context.Context, *conn) error) error {
	c, err := s.take(ctx, longest)
	if err != nil {
		return err
	}
	err = f(ctx, c)
	s.give(c, err)
	if mine, ok := errors.AsType[own](err); ok {
		return mine.error
	}
	return err
}

// The statements that transactions begin and end with.
const (
	// asynchronous makes a transaction not wait for any disk.
	asynchronous = "select pg_catalog.set_config('synchronous_commit', 'off', true)"
	// replicated fails if there are no synchronous standbys, because a commit would then not
	// wait for any. The setting can change at any time: Patroni empties it if all standbys
	// are lost and it is not in strict mode. No error says so clearly, so that the value
	// that the server refuses does.
	replicated = "select pg_catalog.set_config('synchronous_commit', case when pg_catalog.current_setting('synchronous_standby_names') <> '' then 'on' else '" + noQuorum + "' end, true)"
	noQuorum   = "no synchronous standbys"
	// standbys is looked at after a commit, because the setting may have changed just before.
	standbys = "select pg_catalog.current_setting('synchronous_standby_names') <> ''"
	notify   = "select pg_catalog.pg_notify($1, $2)"
)

// Notify returns a statement that wakes those that listen on channel. It is run after the
// transaction: a transaction that notifies holds a lock on all others that do, and one that
// waits for a standby would make them wait for each other. It is lost if the command is
// killed between the two.
func Notify(channel, payload string) Statement {
	return Statement{SQL: notify, Args: []any{channel, payload}}
}

// apart returns the statements of a transaction, and the notifications that come after it.
func apart(all []Statement) (statements, notices []Statement) {
	for _, st := range all {
		if st.SQL == notify {
			notices = append(notices, st)
		} else {
			statements = append(statements, st)
		}
	}
	return statements, notices
}

// opening returns the statements that a transaction begins with.
func (s *Server) opening(durable bool) []Statement {
	switch {
	case !durable:
		return []Statement{{SQL: asynchronous}}
	case s.quorum():
		return []Statement{{SQL: replicated}}
	}
	return nil
}

// quorum reports whether a durable transaction asks for the names of the standbys.
func (s *Server) quorum() bool { return s.Durability() == Quorum }

// commit runs the group that ends a transaction, and finds out whether it was committed.
func (s *Server) commit(ctx context.Context, c *conn, durable bool, g *group, notices []Statement) error {
	if err := ctx.Err(); err != nil {
		return classify(err)
	}
	// A commit that was sent is waited for even if the caller wants to end: its outcome would
	// be unknown.
	ctx = context.Background()
	c.within(s.config.timeout())
	defer c.unlimited()
	var tag string
	g.statements[len(g.statements)-1].tag = &tag
	groups := []*group{g}
	quorum := durable && s.quorum()
	var still bool
	if quorum {
		groups = append(groups, &group{statements: []Statement{{SQL: standbys, Row: func(r Row) error { return r.Scan(&still) }}}})
	}
	if notices != nil {
		groups = append(groups, &group{statements: append([]Statement{{SQL: asynchronous}}, notices...)})
	}
	encoded, err := c.ready(ctx, groups)
	if err != nil {
		return classify(err)
	}
	if !durable {
		s.unsynced.add(c.facts.Started)
	}
	c.run(ctx, groups, encoded)
	if pg, ok := errors.AsType[*pgconn.PgError](g.err); ok && pg.SeverityUnlocalized == "ERROR" {
		return classify(g.err)
	}
	switch {
	case g.err != nil:
		return unknown(lost(g.err))
	case tag == "ROLLBACK":
		return failed(ErrBusy, "the server rolled the transaction back")
	case g.warning != "":
		return unknown(g.warning)
	case quorum && !still:
		return unknown(noStandbys)
	}
	return nil
}

// unknown makes the failure of a commit whose outcome is unknown.
func unknown(text string) error {
	return &failure{kind: ErrUnknown, text: "the outcome is unknown: " + text, broken: true}
}
