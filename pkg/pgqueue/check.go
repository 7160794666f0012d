package pgqueue

import (
	"context"
	"errors"

	"switchboard/pkg/pgqueue/internal/schema"
	"switchboard/pkg/pgqueue/internal/server"
)

// Report is what Check found out about a server.
type Report struct {
	// Host is the host that was connected to, Release the version of PostgreSQL there, and
	// User the role that was logged in as.
	Host, Release, User string
	// Database is the database.
	Database string
	// Durability is what is asked for or, if nothing is, what the server has.
	Durability string
	// Standbys is the server's synchronous_standby_names.
	Standbys string
	// Roles are the roles of the schema that the user has.
	Roles []string
	// Schema is the version of the tables, 0 for none.
	Schema int
	// Problems are why commands would not work, or would not keep what is promised. The
	// status of each is that of such a command. Warnings are what to look after.
	Problems []error
	Warnings []string
}

// Check connects as Open does, and says all that is wrong instead of only the first of it. It
// returns an error if there is nothing to report on.
func Check(ctx context.Context, c Config) (Report, error) {
	c, err := c.complete()
	if err != nil {
		return Report{}, err
	}
	found, err := schema.Examine(ctx, c.server())
	if err != nil {
		return Report{}, failed(place, err)
	}
	r := Report{
		Host: found.Host, Release: found.Release(), User: found.User, Database: found.Database, Durability: c.Durability, Standbys: found.Standbys,
		Roles: found.Roles, Schema: found.Schema, Warnings: found.Warnings(server.Durability(c.Durability)),
	}
	if c.Durability == "" {
		r.Durability = string(found.Durability())
	}
	problems := found.Facts.Problems(server.Durability(c.Durability))
	for _, err := range []error{found.Err, found.Waits(server.Durability(c.Durability))} {
		if err != nil {
			problems = append(problems, err)
		}
	}
	for _, err := range problems {
		r.Problems = append(r.Problems, failed(place, err))
	}
	return r, nil
}

// Err returns the problems as one error.
func (r Report) Err() error { return errors.Join(r.Problems...) }
