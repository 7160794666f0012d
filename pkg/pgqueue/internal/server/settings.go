package server

import (
	"cmp"
	"fmt"
	"maps"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
)

// settings are the parameters of a connection, by libpq's names.
type settings map[string]string

// variables are the environment variables of libpq.
var variables = map[string]string{
	"PGHOST": "host", "PGHOSTADDR": "hostaddr", "PGPORT": "port", "PGDATABASE": "dbname", "PGUSER": "user", "PGPASSWORD": "password",
	"PGPASSFILE": "passfile", "PGREQUIREAUTH": "require_auth", "PGCHANNELBINDING": "channel_binding", "PGSERVICE": "service",
	"PGSERVICEFILE": "servicefile", "PGOPTIONS": "options", "PGAPPNAME": "application_name", "PGSSLMODE": "sslmode",
	"PGSSLNEGOTIATION": "sslnegotiation", "PGSSLCERT": "sslcert", "PGSSLKEY": "sslkey", "PGSSLCERTMODE": "sslcertmode",
	"PGSSLROOTCERT": "sslrootcert", "PGSSLSNI": "sslsni", "PGTARGETSESSIONATTRS": "target_session_attrs", "PGREQUIREPEER": "requirepeer",
	"PGSSLCRL": "sslcrl", "PGSSLCRLDIR": "sslcrldir", "PGSSLMINPROTOCOLVERSION": "ssl_min_protocol_version",
}

// passed are the parameters that are handed to pgx as they are. ours are those that this
// package reads, and ignored those of libpq that it does not need. All others are errors: a
// connection that ignored them might be less secure than it was asked to be.
var (
	passed = []string{
		"dbname", "user", "password", "passfile", "require_auth", "channel_binding", "options", "sslmode", "sslnegotiation", "sslcert",
		"sslkey", "sslcertmode", "sslrootcert", "sslsni", "sslpassword",
	}
	ours    = []string{"host", "hostaddr", "port", "service", "servicefile", "application_name", "fallback_application_name", "target_session_attrs"}
	ignored = []string{
		"client_encoding", "connect_timeout", "gssencmode", "keepalives", "keepalives_count", "keepalives_idle", "keepalives_interval",
		"load_balance_hosts", "sslcompression", "tcp_user_timeout",
	}
)

// resolve returns all parameters: what the connection string says, else the service, else
// the environment, else the default.
func (c Config) resolve() (settings, error) {
	given, err := parseDSN(c.DSN)
	if err != nil {
		return nil, failed(ErrConfiguration, "the connection string: %v", err)
	}
	env := settings{}
	for name, key := range variables {
		if value := c.getenv(name); value != "" {
			env[key] = value
		}
	}
	all := settings{
		"sslmode": "prefer", "sslcertmode": "allow", "target_session_attrs": "read-write", "fallback_application_name": cmp.Or(c.Name, "switchboard"),
	}
	home := c.getenv("HOME")
	if home != "" {
		all["passfile"] = filepath.Join(home, ".pgpass")
		all.personal(filepath.Join(home, ".postgresql"))
	}
	all.add(env)
	service := env["service"]
	if name := given["service"]; name != "" {
		service = name
	}
	if service != "" {
		file := env["servicefile"]
		if name := given["servicefile"]; name != "" {
			file = name
		}
		found, err := c.service(service, file, home)
		if err != nil {
			return nil, err
		}
		all.add(found)
		all["service"] = service
	}
	all.add(given)
	explicit := env["passfile"] + given["passfile"] + c.PassFile
	if c.PassFile != "" {
		all["passfile"] = c.PassFile
	}
	if err := checkPassFile(all, explicit != ""); err != nil {
		return nil, err
	}
	if all["user"] == "" {
		if u, err := user.Current(); err == nil {
			all["user"] = u.Username
		}
	}
	return all, all.check()
}

// add takes over parameters.
func (s settings) add(from settings) {
	maps.Copy(s, from)
}

// check refuses parameters that are not supported.
func (s settings) check() error {
	for key := range s {
		if !slices.Contains(slices.Concat(passed, ours, ignored), key) {
			return failed(ErrConfiguration, "the connection string: %s is not supported", key)
		}
	}
	switch s["target_session_attrs"] {
	case "any", "read-write", "primary":
		return nil
	}
	return failed(ErrConfiguration, "the connection string: target_session_attrs must be read-write")
}

// getenv returns the value of a variable of the environment, or "".
func (c Config) getenv(name string) string {
	for _, variable := range c.Env {
		if value, ok := strings.CutPrefix(variable, name+"="); ok {
			return value
		}
	}
	return ""
}

// text writes parameters as a connection string for one host. It has all parameters that an
// environment variable can set, because pgx would take others from the environment of the
// process.
func (s settings) text(name, port string) string {
	all := settings{
		"host": name, "port": port, "connect_timeout": "0", "target_session_attrs": "any", "client_encoding": "UTF8",
		"application_name": cmp.Or(s["application_name"], s["fallback_application_name"]),
	}
	for _, key := range passed {
		all[key] = s[key]
	}
	if s["service"] != "" {
		all["service"], all["servicefile"] = s["service"], s["servicefile"]
	}
	var b strings.Builder
	escape := strings.NewReplacer(`\`, `\\`, `'`, `\'`)
	for key, value := range all {
		fmt.Fprintf(&b, "%s='%s' ", key, escape.Replace(value))
	}
	return b.String()
}
