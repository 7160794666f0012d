package schema

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"switchboard/pkg/pgqueue/internal/server"
)

// Found is what there is to know about a server and its tables.
type Found struct {
	server.Facts
	// Schema is the version of the tables, 0 for none.
	Schema int
	// Err is why the tables cannot be used.
	Err error
	// Roles are the roles of the schema that the user has.
	Roles []string
	// replicated means that Init has found synchronous standbys.
	replicated bool
	// confirming is how many connected standbys can confirm a commit, as far as the user is told.
	confirming int
}

// Examine connects to a server that need not keep what is promised, and looks at it.
func Examine(ctx context.Context, c server.Config) (Found, error) {
	c.Lenient = true
	s, err := server.Open(ctx, c)
	if err != nil {
		return Found{}, err
	}
	defer s.Close()
	found := Found{Facts: s.Facts()}
	err = s.Look(ctx,
		server.Statement{
			SQL: "select rolname::text from pg_catalog.pg_roles where rolname in ('switchboard_look', 'switchboard_store', 'switchboard_handle') and pg_catalog.pg_has_role(oid, 'usage') order by rolname",
			Row: func(r server.Row) error {
				var role string
				err := r.Scan(&role)
				found.Roles = append(found.Roles, role)
				return err
			},
		},
		server.Statement{
			// Who is not of pg_monitor is only told that there are some.
			SQL: "select pg_catalog.count(*) from pg_catalog.pg_stat_replication where sync_state is null or sync_state <> 'async' and state = 'streaming'",
			Row: func(r server.Row) error { return r.Scan(&found.confirming) },
		})
	if err != nil {
		return Found{}, err
	}
	found.Schema, found.replicated, found.Err = look(ctx, s)
	return found, nil
}

// Warnings returns what to look after, if the durability is d.
func (f Found) Warnings(d server.Durability) []string {
	var all []string
	if !f.Autovacuum {
		all = append(all, "autovacuum is off: claims become slower the longer the tables are not vacuumed")
	}
	switch {
	case d == server.Local && f.Synchronous():
		all = append(all, `durability is "local", although the server has synchronous standbys: they are not waited for`)
	case d == server.Auto && !f.Synchronous() && f.replicated: // that is an error
	case d == server.Auto && f.Synchronous() && !f.replicated && f.Err == nil:
		all = append(all, "synchronous standbys have been added since switchboard-pg init; run it again, so that commands that start while they are lost wait for them")
	case d == server.Auto && !f.Synchronous():
		all = append(all, `what is acknowledged is on one server: it has no synchronous standbys (if that is as it should be, set durability = "local")`)
	}
	return all
}

// wanted returns how many standbys have to confirm a commit, by synchronous_standby_names, such
// as "ANY 2 (a, b, c)". Without a number it is one.
func wanted(names string) int {
	before, _, listed := strings.Cut(names, "(")
	if words := strings.Fields(before); listed && len(words) > 0 {
		if n, err := strconv.Atoi(words[len(words)-1]); err == nil {
			return n
		}
	}
	return 1
}

// Waits returns an error that matches [server.ErrBusy] if commits of durability d wait, because
// too few standbys are connected.
func (f Found) Waits(d server.Durability) error {
	n := wanted(f.Standbys)
	if d == server.Local || !f.Synchronous() || f.ReadOnly || f.confirming >= n {
		return nil
	}
	return busy(fmt.Sprintf("%d of the %d standbys that commits wait for are connected (synchronous_standby_names is %q): nothing can be stored or claimed",
		f.confirming, n, f.Standbys))
}
