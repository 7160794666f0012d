package main

import (
	"context"
	"fmt"

	"switchboard/internal/cmdline"
	"switchboard/pkg/pgqueue"
)

// initCommand is switchboard-pg init.
func initCommand() cmdline.Command {
	o := &cmdline.Shared{}
	return cmdline.Command{
		Name:    "switchboard-pg init",
		Summary: "Make the tables and the roles for queues in PostgreSQL, or upgrade them. It can be repeated.",
		Example: "switchboard-pg init --config /etc/switchboard.toml",
		Shared:  o,
		Run:     func(c *cmdline.Context) error { return initialize(c, o.Verbose) },
	}
}

func initialize(c *cmdline.Context, verbose bool) error {
	config, err := ownSettings(c)
	if err != nil {
		return err
	}
	before, err := pgqueue.Init(context.Background(), config)
	if err != nil || !verbose {
		return err
	}
	switch before {
	case 0:
		c.Note("made the tables")
	case pgqueue.SchemaVersion:
		c.Note("the tables were there")
	default:
		c.Note(fmt.Sprintf("upgraded the tables from version %d to %d", before, pgqueue.SchemaVersion))
	}
	return nil
}
