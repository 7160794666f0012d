package main

import (
	"cmp"

	"switchboard/internal/cmdline"
	"switchboard/pkg/pgqueue"
)

// settings returns where the database is and what is asked of it: what the configuration says,
// else SWITCHBOARD_PG, else the variables and files of libpq.
func settings(c *cmdline.Context) (pgqueue.Config, error) {
	conf, err := c.Config()
	if err != nil {
		return pgqueue.Config{}, err
	}
	return pgqueue.Config{
		DSN: cmp.Or(conf.PG.DSN, c.Getenv("SWITCHBOARD_PG")), Env: c.Environ(), PassFile: conf.PG.PassFile, Name: c.Name,
		Durability: conf.PG.Durability, Timeout: conf.PG.Timeout, Lease: conf.PG.Lease, Keep: conf.PG.Keep,
	}, nil
}

// ownSettings is settings for the commands that no other program has. They have no operands.
func ownSettings(c *cmdline.Context) (pgqueue.Config, error) {
	if len(c.Args) > 0 {
		return pgqueue.Config{}, cmdline.Usagef("unexpected operand: %s", c.Args[0])
	}
	return settings(c)
}
