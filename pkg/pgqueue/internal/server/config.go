package server

import (
	"fmt"
	"time"
)

// Durability says when a transaction counts as durable.
type Durability string

// The durabilities. Auto is Quorum on a server that has synchronous standbys when it is
// first connected to, else Local.
const (
	Auto   Durability = ""
	Quorum Durability = "quorum"
	Local  Durability = "local"
)

// ParseDurability reads a durability.
func ParseDurability(s string) (Durability, error) {
	switch d := Durability(s); d {
	case Quorum, Local:
		return d, nil
	}
	return Auto, fmt.Errorf("%q is neither %s nor %s", s, Quorum, Local)
}

// DefaultTimeout is how long an operation may take if Config does not say.
const DefaultTimeout = 20 * time.Second

// Config says where the server is and what is asked of it.
type Config struct {
	// DSN is a connection string or URL as libpq reads them. What it does not say is
	// taken from Env and the service file, as libpq does.
	DSN string
	// Env is the environment, as os.Environ has it, of which the variables of libpq are
	// used.
	Env []string
	// PassFile is the path of a password file, or "". It replaces that of DSN and Env.
	PassFile string
	// Durability is what durable transactions must reach.
	Durability Durability
	// Timeout limits connecting, over all hosts together, each statement, and each
	// commit. If it is 0, it is DefaultTimeout.
	Timeout time.Duration
	// Connections limits how many connections are open at once, besides those that
	// listen. If it is 0, it is 4.
	Connections int
	// Name is the application_name that the server shows, if nothing else sets one.
	Name string
	// Long means that Timeout does not limit the statements of a [Tx]: tables are upgraded.
	Long bool
	// Lenient means that the server need not keep what is promised: it is to be found out
	// what is wrong with it.
	Lenient bool
}

func (c Config) timeout() time.Duration {
	if c.Timeout > 0 {
		return c.Timeout
	}
	return DefaultTimeout
}

func (c Config) connections() int {
	if c.Connections > 0 {
		return c.Connections
	}
	return 4
}
