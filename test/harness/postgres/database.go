package postgres

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Database is a database, mostly of one test.
type Database struct {
	Server *Server
	Name   string

	mu   sync.Mutex
	conn *pgx.Conn
}

var databases atomic.Int64

// Database makes an empty database. It goes when the test ends.
func (s *Server) Database(tb testing.TB) *Database {
	tb.Helper()
	return s.forTest(tb, "template1")
}

// Copy makes a copy of a database, which nobody may be connected to. It goes when the test
// ends.
func (d *Database) Copy(tb testing.TB) *Database {
	tb.Helper()
	return d.Server.forTest(tb, d.Name)
}

func (s *Server) forTest(tb testing.TB, template string) *Database {
	tb.Helper()
	d, err := s.create(template)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if d.conn != nil {
			d.conn.Close(context.Background())
		}
		// This frees memory. A test may have stopped the server.
		s.psql("postgres", "DROP DATABASE IF EXISTS "+d.Name+" WITH (FORCE)")
	})
	return d
}

// NewDatabase makes an empty database that lives as long as the server: for copies.
func (s *Server) NewDatabase() (*Database, error) { return s.create("template1") }

func (s *Server) create(template string) (*Database, error) {
	d := &Database{Server: s, Name: fmt.Sprintf("test%d", databases.Add(1))}
	_, err := s.psql("postgres", "CREATE DATABASE "+d.Name+" TEMPLATE "+template)
	return d, err
}

// DSN returns a connection string for the unix socket, where every user is let in.
func (d *Database) DSN() string {
	return fmt.Sprintf("host=%s port=%d user=postgres dbname=%s", d.Server.Dir, d.Server.Port, d.Name)
}

// TCP returns a connection string for the loopback interface, with the password.
func (d *Database) TCP() string {
	return fmt.Sprintf("host=127.0.0.1 port=%d user=postgres dbname=%s sslmode=disable password='%s'", d.Server.Port, d.Name, Password)
}

// Socket returns the path of the server's unix socket.
func (s *Server) Socket() string {
	return filepath.Join(s.Dir, ".s.PGSQL."+strconv.Itoa(s.Port))
}

// SQL runs statements with psql, as the superuser, and returns the rows: one per line, with
// columns separated by "|".
func (d *Database) SQL(tb testing.TB, text string) string {
	tb.Helper()
	out, err := d.Rows(text)
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

// Rows is SQL for callers that do not have a testing.TB.
func (d *Database) Rows(text string) (string, error) { return d.Server.psql(d.Name, text) }

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
