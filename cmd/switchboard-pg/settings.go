package main

import (
	"cmp"

	"switchboard/pkg/cmdline"
	"switchboard/pkg/pgqueue"
)

// settings returns where the database is and what is asked of it: what the configuration says,
// else SWITCHBOARD_PG, else the variables and files of libpq.
func settings(c *cmdline.Context) (pgqueue.Config, error) {
	conf, err := c.Config()
	if err != nil {
		return pgqueue.Config{}, err
	}
	var config pgqueue.Config
	config.DSN = cmp.Or(conf.PG.DSN, c.Getenv("SWITCHBOARD_PG"))
	config.Env = c.Environ()
	config.PassFile = conf.PG.PassFile
	config.Timeout = conf.PG.Timeout
	config.Lease = conf.PG.Lease
	config.Name = c.Name
	return config, nil
}
