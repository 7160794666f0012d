package config

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/BurntSushi/toml"
)

// PG is what the table [pg] says about queues in PostgreSQL. A setting that the file does not
// have is "" or 0.
type PG struct {
	// DSN is a connection string or URL as libpq reads them. It has no password.
	DSN string
	// PassFile is the path of a password file, as libpq reads them.
	PassFile string
	// Durability is one of the constants below, or "".
	Durability string
	// Lease is how long a claim lasts that is not extended, at least LeastLease.
	Lease time.Duration
	// Timeout is how long the server may take to answer, at least LeastTimeout.
	Timeout time.Duration
	// Keep is how long the names of entries are remembered that were stored by name.
	Keep time.Duration
}

// Values of PG.Durability.
const (
	DurabilityQuorum = "quorum"
	DurabilityLocal  = "local"
)

// LeastLease and LeastTimeout are the lowest values of PG.Lease and PG.Timeout.
const (
	LeastLease   = 10 * time.Second
	LeastTimeout = time.Second
)

// pgTable is the name of the table.
const pgTable = "pg"

// setPG stores the value of a key: pg or pg.KEY.
func (p *parser) setPG(key toml.Key, value any) error {
	switch len(key) {
	case 1:
		if _, ok := value.(map[string]any); !ok {
			return errTable
		}
		return nil
	case 2:
		return p.config.postgres(strings.ToLower(key[1]), value)
	}
	return errUnknown
}

// postgres stores a setting of the table [pg].
func (c *Config) postgres(name string, value any) error {
	pg := &c.PG
	switch name {
	case "dsn":
		return setText(&pg.DSN, value, checkDSN)
	case "passfile":
		return c.setPath(&pg.PassFile, value)
	case "durability":
		return setText(&pg.Durability, value, checkDurability)
	case "lease":
		return setAtLeast(&pg.Lease, LeastLease, value)
	case "timeout":
		return setAtLeast(&pg.Timeout, LeastTimeout, value)
	case "keep":
		return setDuration(&pg.Keep, value)
	}
	return errUnknown
}

// password finds a password in a connection string or URL. Only a configuration that has one
// pays for the expression.
var password = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)password\s*=|^postgres(ql)?://[^/@]*:[^/@]*@`)
})

// checkDSN refuses a password, because everybody who stores mail can read the file.
func checkDSN(s string) error {
	if password().MatchString(s) {
		return errors.New("must not have a password in it: put it into a file that only its owner can read, and name that with passfile")
	}
	return checkPlain(s)
}

func checkDurability(s string) error {
	switch s {
	case DurabilityQuorum, DurabilityLocal:
		return nil
	}
	return fmt.Errorf("%q is neither %s nor %s", s, DurabilityQuorum, DurabilityLocal)
}

// setAtLeast stores a duration that is not less than least.
func setAtLeast(to *time.Duration, least time.Duration, value any) error {
	var d time.Duration
	if err := setDuration(&d, value); err != nil {
		return err
	}
	if d < least {
		return fmt.Errorf("must be at least %s", least)
	}
	*to = d
	return nil
}
