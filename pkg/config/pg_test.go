package config

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestPG(t *testing.T) {
	t.Parallel()
	c, err := Parse("/etc/f.toml", `
[pg]
dsn = "host=a,b user=lists sslmode=verify-full"
passfile = "pgpass"
durability = "quorum"
lease = "90s"
timeout = "5s"
keep = "2w"
`)
	want := PG{
		DSN: "host=a,b user=lists sslmode=verify-full", PassFile: "/etc/pgpass", Durability: DurabilityQuorum,
		Lease: 90 * time.Second, Timeout: 5 * time.Second, Keep: 14 * 24 * time.Hour,
	}
	if err != nil || c.PG != want {
		t.Errorf("%+v, %v", c, err)
	}
	// A table named pg is not a queue, and a queue may have its name.
	c, err = Parse("/etc/f.toml", "[queue.pg]\npath = \"/q\"\n[PG]\nDurability = \"local\"\n")
	if err != nil || c.PG != (PG{Durability: DurabilityLocal}) || !c.Declares("pg") {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestPGErrors(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"dsn = \"\"":                               "dsn: is empty",
		"dsn = 5":                                  "dsn: must be a string",
		"dsn = \"host=a password=secret\"":         "dsn: must not have a password",
		"dsn = \"host=a PASSWORD = secret\"":       "dsn: must not have a password",
		"dsn = \"host=a sslpassword=secret\"":      "dsn: must not have a password",
		"dsn = \"postgres://u:secret@h/db\"":       "dsn: must not have a password",
		"dsn = \"postgresql://h?password=secret\"": "dsn: must not have a password",
		"dsn = \"host=a\\nb\"":                     "dsn: has a control character in it",
		"passfile = \"\"":                          "passfile: is empty",
		"durability = \"most\"":                    `durability: "most" is neither quorum nor local`,
		"lease = \"9s\"":                           "lease: must be at least 10s",
		"lease = 10":                               "lease: must be a string",
		"timeout = \"0\"":                          "timeout: must be longer than 0",
		"keep = \"7\"":                             "keep: has no unit",
		"password = \"secret\"":                    "password: unknown key",
		"[pg.more]\nx = 1":                         "more: unknown key",
	} {
		_, err := Parse("f.toml", "[pg]\n"+text+"\n")
		if !errors.Is(err, Err) || !strings.Contains(err.Error(), ": pg."+want) {
			t.Errorf("%q: %v; it should be %s", text, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: the error has the password in it: %v", text, err)
		}
	}
	if _, err := Parse("f.toml", "pg = 5\n"); !errors.Is(err, Err) {
		t.Error(err)
	}
	for _, dsn := range []string{"postgres://u@h:5432/db?sslmode=require", "service=lists", "host=/run/postgresql passfile=/etc/x"} {
		if _, err := Parse("f.toml", "[pg]\ndsn = \""+dsn+"\"\n"); err != nil {
			t.Error(err)
		}
	}
}
