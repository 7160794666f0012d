package server

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestParseDSN(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]settings{
		"":           {},
		" host = a ": {"host": "a"},
		`host=a,b port='5432,5433' user='it\'s' password=a\ b\\ options=`: {"host": "a,b", "port": "5432,5433", "user": "it's", "password": `a b\`, "options": ""},
		"postgres://":      {},
		"postgresql:///db": {"dbname": "db"},
		"postgres://u@h":   {"user": "u", "host": "h"},
		"postgres://u:p%40%2F@h1:1,[::1]:2,h3/d%20b?sslmode=verify-full&target_session_attrs=any": {"user": "u", "password": "p@/", "host": "h1,::1,h3", "port": "1,2,", "dbname": "d b", "sslmode": "verify-full", "target_session_attrs": "any"},
		"postgres://%2Frun%2Fpostgresql/x": {"host": "/run/postgresql", "dbname": "x"},
		"postgres://h?ssl=true":            {"host": "h", "sslmode": "require"},
		"postgres:///?host=/tmp&user=u":    {"host": "/tmp", "user": "u"},
	} {
		got, err := parseDSN(text)
		if err != nil || !maps.Equal(got, want) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}

// TestNoSecrets checks that no error has a value of the connection string in it.
func TestNoSecrets(t *testing.T) {
	t.Parallel()
	for _, dsn := range []string{
		"secret", "host=a password='secret", "host=a secret=secret", "password=secret host=a,b,c port=1,2", "password=secret sslmode=secret",
		"password=secret port=secret host=a", "postgres://u:secret%zz@h", "postgres://u:sec@ret:secret@h/x", "postgres://u@h:secret", "postgres://[secret@x",
		"postgres://h?secret", "postgres://u:secret@h?sslrootcert=/nosuch", "password=secret channel_binding=secret", "password=secret target_session_attrs=secret",
		"password=secret service=nosuch", "password=secret\x00",
	} {
		_, err := newServer(Config{DSN: dsn})
		if err == nil {
			continue // an odd value may still be valid
		}
		if !errors.Is(err, ErrConfiguration) || strings.Contains(strings.ReplaceAll(err.Error(), "secret is not supported", ""), "secret") {
			t.Errorf("%q: %v", dsn, err)
		}
	}
}

func FuzzDSN(f *testing.F) {
	f.Add("host=a,b port='1,2' password=x")
	f.Add("postgres://u:p@h1:1,[::1]:2/db?sslmode=require")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := parseDSN(text)
		if err != nil {
			return
		}
		// What was read is read again from what is handed to pgx.
		again, err := parseDSN(s.text("h", "1"))
		if err != nil || again["host"] != "h" {
			t.Fatal(err)
		}
		for _, key := range passed {
			if again[key] != s[key] {
				t.Errorf("%s is %q, then %q", key, s[key], again[key])
			}
		}
	})
}

// TestPrecedence checks that the connection string comes before the service, the service
// before the environment, and that pgx is told all of it.
func TestPrecedence(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	services := write("services", "# comment\n[other]\nhost=wrong\n\n[lists]\nhost=h1,h2\ndbname = fromservice\nuser=fromservice\n[last]\nhost=wrong\n", 0o644)
	// A password file has the password of each host.
	write(".pgpass", "h1:*:*:*:first\nh2:5433:*:*:second\n", 0o600)
	env := []string{"HOME=" + dir, "PGSERVICE=lists", "PGSERVICEFILE=" + services, "PGUSER=fromenv", "PGDATABASE=fromenv", "PGSSLMODE=require", "PGAPPNAME=fromenv"}
	s, err := newServer(Config{DSN: "user=fromdsn port=5432,5433", Env: env})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, h := range s.hosts {
		c := h.ways[0]
		got = append(got, strings.Join([]string{h.name, c.User, c.Database, c.Password, c.RuntimeParams["application_name"]}, " "))
		if len(h.ways) != 1 || c.TLSConfig == nil {
			t.Errorf("%s: %d ways", h.name, len(h.ways))
		}
	}
	if want := []string{"h1:5432 fromdsn fromservice first fromenv", "h2:5433 fromdsn fromservice second fromenv"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestPassFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, ".pgpass")
	if err := os.WriteFile(path, []byte("*:*:*:*:secret\n"), 0o640); err != nil {
		t.Fatal(err)
	}
	password := func(c Config) string {
		t.Helper()
		s, err := newServer(c)
		if err != nil {
			t.Fatal(err)
		}
		return s.hosts[0].ways[0].Password
	}
	// As with libpq, one that others can read is not used. If it was asked for, that is an error.
	if got := password(Config{DSN: "host=a", Env: []string{"HOME=" + dir}}); got != "" {
		t.Errorf("%q", got)
	}
	for _, c := range []Config{{PassFile: path}, {Env: []string{"PGPASSFILE=" + path}}, {DSN: "passfile=" + path}, {PassFile: path + "x"}, {PassFile: dir}} {
		if _, err := newServer(c); !errors.Is(err, ErrConfiguration) {
			t.Error(err)
		}
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []Config{
		{DSN: "host=a", Env: []string{"HOME=" + dir}}, {DSN: "host=a passfile=/nosuch", PassFile: path}, {DSN: "host=/tmp", Env: []string{"PGPASSFILE=" + path}},
	} {
		if got := password(c); got != "secret" {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

func TestUnsupported(t *testing.T) {
	t.Parallel()
	for _, c := range []Config{
		{DSN: "host=a sslcrl=x"}, {DSN: "host=a search_path=x"}, {DSN: "host=a requirepeer=x"}, {Env: []string{"PGREQUIREPEER=x"}}, {DSN: "target_session_attrs=standby"},
		{DSN: "host=a,b hostaddr=1.2.3.4"}, {DSN: "host=a,b,c port=1,2"}, {DSN: "service=nosuch"}, {DSN: "host=a sslrootcert=/nosuch"},
	} {
		if _, err := newServer(c); !errors.Is(err, ErrConfiguration) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	for _, c := range []Config{{DSN: "host=a gssencmode=disable keepalives=1"}, {DSN: "hostaddr=127.0.0.1,::1 port=1"}} {
		if _, err := newServer(c); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
