package postgres

import (
	"bytes"
	"context"
	"fmt"
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
		s.run("postgres", "DROP DATABASE IF EXISTS "+d.Name+" WITH (FORCE)")
	})
	return d
}

// NewDatabase makes an empty database that lives as long as the server: for copies.
func (s *Server) NewDatabase() (*Database, error) { return s.create("template1") }

func (s *Server) create(template string) (*Database, error) {
	d := &Database{Server: s, Name: fmt.Sprintf("test%d", databases.Add(1))}
	_, err := s.run("postgres", "CREATE DATABASE "+d.Name+" TEMPLATE "+template)
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

// SQL runs statements as the superuser and returns the rows: one per line, with columns
// separated by "|". Several statements are one transaction.
func (d *Database) SQL(tb testing.TB, text string) string {
	tb.Helper()
	out, err := d.Rows(text)
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

// Rows is SQL for callers that do not have a testing.TB.
func (d *Database) Rows(text string) (string, error) { return d.Server.run(d.Name, text) }

// run does not start psql: a new process has the files of this one open for a moment, and
// keeps the locks of claims that parallel tests end in the meantime.
func (s *Server) run(database, text string) (string, error) {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, (&Database{Server: s, Name: database}).DSN())
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	results, err := conn.PgConn().Exec(ctx, text).ReadAll()
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, text)
	}
	var lines []string
	for _, result := range results {
		for _, row := range result.Rows {
			lines = append(lines, string(bytes.Join(row, []byte("|"))))
		}
	}
	return strings.Join(lines, "\n"), nil
}
