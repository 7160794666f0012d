package pgqueue

import (
	"context"

	"switchboard/pkg/pgqueue/internal/schema"
	"switchboard/pkg/pgqueue/internal/server"
)

// SchemaVersion is the version of the tables that this program works with.
const SchemaVersion = schema.Version

// Init makes the tables and the roles, or upgrades them. It returns the version of the tables
// that there was before, 0 for none.
func Init(ctx context.Context, c Config) (before int, err error) {
	c, err = c.complete()
	if err != nil {
		return 0, err
	}
	settings := c.server()
	settings.Long = true
	db, err := server.Open(ctx, settings)
	if err != nil {
		return 0, failed(place, err)
	}
	defer db.Close()
	before, err = schema.Init(ctx, db)
	return before, failed(place, err)
}
