package postgres

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// Database is a database of one test.
type Database struct {
	Server *Server
	Name   string
}

var databases atomic.Int64

// Database makes an empty database. It goes when the test ends.
func (s *Server) Database(tb testing.TB) *Database {
	tb.Helper()
	d := &Database{s, fmt.Sprintf("test%d", databases.Add(1))}
	d.admin(tb, "CREATE DATABASE "+d.Name)
	d.drop(tb)
	return d
}

// Copy makes a copy of a database, which nobody may be connected to. It goes when the test
// ends.
func (d *Database) Copy(tb testing.TB) *Database {
	tb.Helper()
	c := &Database{d.Server, fmt.Sprintf("test%d", databases.Add(1))}
	c.admin(tb, "CREATE DATABASE "+c.Name+" TEMPLATE "+d.Name)
	c.drop(tb)
	return c
}

// drop removes the database at the end of the test, which frees memory. A test may have
// stopped the server.
func (d *Database) drop(tb testing.TB) {
	tb.Cleanup(func() {
		d.Server.psql("postgres", "DROP DATABASE IF EXISTS "+d.Name+" WITH (FORCE)")
	})
}

func (d *Database) admin(tb testing.TB, text string) {
	tb.Helper()
	if _, err := d.Server.psql("postgres", text); err != nil {
		tb.Fatal(err)
	}
}

// DSN returns a connection string for the unix socket, where every user is let in.
func (d *Database) DSN() string {
	return fmt.Sprintf("host=%s port=%d user=postgres dbname=%s", d.Server.Dir, d.Server.Port, d.Name)
}

// TCP returns a connection string for the loopback interface, with the password.
func (d *Database) TCP() string {
	return fmt.Sprintf("host=127.0.0.1 port=%d user=postgres dbname=%s sslmode=disable password='%s'", d.Server.Port, d.Name, Password)
}

// Settle waits until no statement of the database is being carried out, and nobody else is
// connected to it: until what a lost connection had asked for is done or given up.
func (d *Database) Settle(tb testing.TB) {
	tb.Helper()
	for range 3000 {
		if d.SQL(tb, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'") == "0" {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	tb.Fatal("a lost connection is still at work")
}

// Socket returns the path of the server's unix socket.
func (s *Server) Socket() string {
	return filepath.Join(s.Dir, ".s.PGSQL."+strconv.Itoa(s.Port))
}

// SQL runs statements with psql, as the superuser, and returns the rows: one per line, with
// columns separated by "|".
func (d *Database) SQL(tb testing.TB, text string) string {
	tb.Helper()
	out, err := d.Server.psql(d.Name, text)
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

func (s *Server) psql(database, text string) (string, error) {
	cmd := exec.Command(filepath.Join(bin.dir, "psql"), "-XAtq", "-v", "ON_ERROR_STOP=1",
		"-h", s.Dir, "-p", strconv.Itoa(s.Port), "-U", "postgres", "-d", database)
	cmd.Stdin = strings.NewReader(text)
	var diag strings.Builder
	cmd.Stderr = &diag
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("psql: %w\n%s\n%s", err, diag.String(), text)
	}
	return strings.TrimSuffix(string(out), "\n"), nil
}
