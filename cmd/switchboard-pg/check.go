package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"switchboard/internal/cmdline"
	"switchboard/pkg/jsonline"
	"switchboard/pkg/pgqueue"
)

// checkCommand is switchboard-pg check.
func checkCommand() cmdline.Command {
	o := &cmdline.Shared{}
	c := cmdline.Command{
		Name:     "switchboard-pg check",
		Synopsis: "[--json]",
		Summary:  "Connect as the commands do, and say whether the server keeps the promises.",
		Example:  "switchboard-pg check --config /etc/switchboard.toml",
		Shared:   o,
		Looks:    true,
		Run:      func(c *cmdline.Context) error { return check(c, o.JSON) },
	}
	c.Flags = append(c.Flags, o.JSONFlag("print one line of JSON"))
	return c
}

func check(c *cmdline.Context, json bool) error {
	config, err := ownSettings(c)
	if err != nil {
		return err
	}
	r, err := pgqueue.Check(context.Background(), config)
	if err != nil {
		return err
	}
	if json {
		err = printJSON(c, r)
	} else {
		err = printText(c, r)
	}
	for _, warning := range r.Warnings {
		c.Warn(errors.New(warning))
	}
	return errors.Join(err, r.Err())
}

// printText prints a line for each thing that is known, with a tab after its name.
func printText(c *cmdline.Context, r pgqueue.Report) error {
	schema := "none"
	if r.Schema > 0 {
		schema = strconv.Itoa(r.Schema)
	}
	for _, line := range [][2]string{
		{"host", r.Host}, {"database", r.Database}, {"release", r.Release}, {"user", r.User}, {"roles", strings.Join(r.Roles, " ")}, {"durability", r.Durability},
		{"standbys", r.Standbys}, {"schema", schema},
	} {
		if line[1] == "" {
			line[1] = "none"
		}
		if _, err := fmt.Fprintf(c.Out, "%s\t%s\n", line[0], cmdline.Printable(line[1])); err != nil {
			return err
		}
	}
	return nil
}

func printJSON(c *cmdline.Context, r pgqueue.Report) error {
	var o jsonline.Object
	o.Text("host", r.Host)
	o.Text("database", r.Database)
	o.Text("release", r.Release)
	o.Text("user", r.User)
	o.Texts("roles", r.Roles)
	o.Text("durability", r.Durability)
	o.Text("standbys", r.Standbys)
	o.Int("schema", int64(r.Schema))
	o.Texts("warnings", r.Warnings)
	var problems []string
	for _, err := range r.Problems {
		problems = append(problems, err.Error())
	}
	o.Texts("problems", problems)
	return c.Line(o.End())
}
