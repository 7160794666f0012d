// Package schema makes and upgrades the tables of the queues of pg:, and says whether a
// server has those that this program works with.
//
// [Init] and [Check] are its functions.
package schema

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"

	"switchboard/pkg/pgqueue/internal/server"
)

// Version is the version of the schema that this program works with.
const Version = 2

// The errors of Check and Init. They match [server.ErrConfiguration].
var (
	// ErrMissing means that the database has no schema.
	ErrMissing error = problem("has no tables for queues; run switchboard-pg init")
	// ErrOld means that the schema is of an older program.
	ErrOld error = problem("the tables are of an older version of switchboard; run switchboard-pg init")
	// ErrNew means that the schema is of a newer program.
	ErrNew error = problem("the tables are of a newer version of switchboard; upgrade switchboard on this machine (switchboard-pg --version says which this is)")
)

// ErrLost means that the server had synchronous standbys when Init was called, and has none.
var ErrLost error = problem(`the server has lost its synchronous standbys (synchronous_standby_names is empty); if it is to have none, set durability = "local" and run switchboard-pg init`)

type problem string

func (p problem) Error() string      { return string(p) }
func (problem) Is(target error) bool { return target == server.ErrConfiguration }

//go:embed schema.sql
var tables string

//go:embed roles.sql
var roles string

// steps has the text that makes version n+1 of version n.
var steps = []string{tables, replicated}

// replicated remembers that the server had synchronous standbys when Init was called. Failover
// tools empty synchronous_standby_names when the last standby is lost, and a command that starts
// then must not take the server for one that never had any.
const replicated = "alter table switchboard.version add column replicated boolean not null default false"

// locked keeps two calls of Init apart. The number means nothing.
const locked = "select pg_catalog.pg_advisory_xact_lock(7301384)"

// busy is an error that matches [server.ErrBusy].
type busy string

func (b busy) Error() string      { return string(b) }
func (busy) Is(target error) bool { return target == server.ErrBusy }

// The errors of Init if it has waited for a lock too long.
const (
	otherInit busy = "another switchboard-pg init is running; try again later"
	inUse     busy = "the tables are in use; stop what uses them, and run switchboard-pg init again"
)

// lockNotAvailable is the SQLSTATE of a lock that was waited for too long.
const lockNotAvailable = "55P03"

// Init makes the schema, or upgrades it. It changes nothing but permissions if the schema is
// of this version. It returns the version that there was before, 0 for none. The server should
// be opened with [server.Config.Long].
func Init(ctx context.Context, s *server.Server) (before int, err error) {
	return upgrade(ctx, s, steps)
}

// upgrade is Init with other steps. All of them are one transaction.
func upgrade(ctx context.Context, s *server.Server, steps []string) (before int, err error) {
	waiting := otherInit
	err = s.Write(ctx, true, func(tx *server.Tx) error {
		if err := tx.Do(server.Statement{SQL: locked}); err != nil {
			return err
		}
		waiting = inUse
		var exists bool
		if err := tx.Get([]any{&exists}, "select pg_catalog.to_regclass('switchboard.version') is not null"); err != nil {
			return err
		}
		if !exists {
			if err := tx.Script("create schema if not exists switchboard; create table switchboard.version (version integer not null); insert into switchboard.version values (0)"); err != nil {
				return err
			}
		}
		if err := tx.Get([]any{&before}, "select version from switchboard.version"); err != nil {
			return err
		}
		if before > len(steps) {
			return ErrNew
		}
		for _, step := range steps[before:] {
			if err := tx.Script(step); err != nil {
				return err
			}
		}
		if _, err := tx.Exec("update switchboard.version set version = $1", len(steps)); err != nil {
			return err
		}
		if facts := s.Facts(); facts.Synchronous() || s.Asked() == server.Local {
			// A server that has no standbys at this moment may have lost them. Only who asks
			// for less changes what is remembered.
			if _, err := tx.Exec("update switchboard.version set replicated = $1", s.Asked() != server.Local); err != nil {
				return err
			}
		}
		return tx.Script(roles)
	})
	switch {
	case server.Code(err) == lockNotAvailable:
		err = waiting
	case errors.Is(err, fs.ErrPermission):
		err = fmt.Errorf("%w; run switchboard-pg init as a superuser, or as the role that made the tables", err)
	}
	return before, err
}

// Check says whether the schema is there and of this version, and whether the server is as Init
// has found it.
func Check(ctx context.Context, s *server.Server) error {
	_, _, err := look(ctx, s)
	return err
}

// look returns the version of the schema, whether Init has found synchronous standbys, and why
// the schema or the server cannot be used.
func look(ctx context.Context, s *server.Server) (version int, had bool, err error) {
	err = s.Look(ctx, server.Statement{
		// An older schema has no column of that name. As a row, it has a member less.
		SQL: "select version, coalesce((pg_catalog.to_jsonb(v) ->> 'replicated')::boolean, false) from switchboard.version v",
		Row: func(r server.Row) error { return r.Scan(&version, &had) },
	})
	switch {
	case errors.Is(err, server.ErrConfiguration):
		return 0, false, fmt.Errorf("the database %s at %s %w", s.Facts().Database, s.Facts().Host, ErrMissing)
	case errors.Is(err, fs.ErrPermission):
		return 0, false, fmt.Errorf("%w; grant the role %s one of switchboard_store, switchboard_handle and switchboard_look", err, s.Facts().User)
	case err != nil:
		return 0, false, err
	case version < Version:
		return version, had, ErrOld
	case version > Version:
		return version, had, ErrNew
	case had && s.Asked() == server.Auto && !s.Facts().Synchronous():
		return version, had, ErrLost
	}
	return version, had, nil
}
