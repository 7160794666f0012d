package schema

import (
	"context"
	"fmt"

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
	// Connected is how many standbys are connected.
	Connected int
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
			SQL: "select pg_catalog.count(*) from pg_catalog.pg_stat_replication",
			Row: func(r server.Row) error { return r.Scan(&found.Connected) },
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
	case f.Synchronous() && f.Connected == 0 && !f.ReadOnly:
		all = append(all, fmt.Sprintf("no standby is connected (synchronous_standby_names is %q): everything that is stored waits for one, and fails", f.Standbys))
	}
	return all
}
