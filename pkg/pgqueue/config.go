package pgqueue

import (
	"cmp"
	"fmt"
	"time"

	"switchboard/pkg/pgqueue/internal/server"
	"switchboard/pkg/queue"
)

// What Config is if it does not say.
const (
	DefaultLease   = 2 * time.Minute
	DefaultTimeout = server.DefaultTimeout
	DefaultKeep    = 7 * 24 * time.Hour
)

// ShortestLease is the shortest lease: a shorter one would end while a primary fails over.
const ShortestLease = 10 * time.Second

// place is what errors name that are about the server and not about a queue.
const place = "PostgreSQL"

// Config says where the database is and what is asked of it.
type Config struct {
	// DSN is a connection string or URL as libpq reads them. What it does not say is taken
	// from Env and the service file, as libpq does.
	DSN string
	// Env is the environment, as os.Environ has it.
	Env []string
	// PassFile is the path of a password file, or "". It replaces that of DSN and Env.
	PassFile string
	// Durability is "quorum", "local" or "". It is "quorum" by default if the server has
	// synchronous standbys when it is connected to.
	Durability string
	// Timeout limits connecting, over all hosts together, each statement and each commit.
	// Lease is how long a claim with a lease lasts unless it is extended. Keep is how long
	// the names of entries are remembered that were stored by name. If one is 0, it is the
	// default above.
	Timeout, Lease, Keep time.Duration
	// Connections limits how many connections are open at once. If it is 0, it is 4.
	Connections int
	// Long is called once, before a message is read or stored that is long. The program may
	// collect its garbage more often from then on. It may be nil.
	Long func()
	// Name is what the server calls the connections, if nothing else names them.
	Name string
}

// complete adds the defaults, and checks the values.
func (c Config) complete() (Config, error) {
	c.Timeout, c.Lease, c.Keep = cmp.Or(c.Timeout, DefaultTimeout), cmp.Or(c.Lease, DefaultLease), cmp.Or(c.Keep, DefaultKeep)
	if c.Lease < ShortestLease {
		return c, &queue.Error{Path: place, Err: fmt.Errorf("%w: lease must be at least %v", queue.ErrSetup, ShortestLease)}
	}
	if c.Durability != "" {
		if _, err := server.ParseDurability(c.Durability); err != nil {
			return c, &queue.Error{Path: place, Err: fmt.Errorf("%w: durability: %w", queue.ErrSetup, err)}
		}
	}
	return c, nil
}

// server returns what the connections need.
func (c Config) server() server.Config {
	return server.Config{
		DSN: c.DSN, Env: c.Env, PassFile: c.PassFile, Durability: server.Durability(c.Durability), Timeout: c.Timeout,
		Connections: c.Connections, Name: c.Name,
	}
}
