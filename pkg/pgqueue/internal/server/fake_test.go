package server_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"switchboard/pkg/pgqueue/internal/server"
)

// fake answers as a server does, except for what the test wants.
type fake struct {
	// version is server_version_num.
	version string
	// facts, if not nil, sends the rows of the first question.
	facts func(b *pgproto3.Backend, row *pgproto3.DataRow)
	// execute and sync send the answer to the Execute, and to the Sync, of a statement that
	// ends a transaction. They return false to close the connection.
	execute, sync func(b *pgproto3.Backend) bool
	// first, if not "", is sent instead of an answer to the first message.
	first string
}

// start returns a connection string.
func (f *fake) start(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "switchboard-fake-") // the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", filepath.Join(dir, ".s.PGSQL.5432"))
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	over := make(chan struct{})
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				ended := make(chan struct{})
				go func() {
					select {
					case <-over:
					case <-ended:
					}
					c.Close()
				}()
				f.serve(c)
				close(ended)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		close(over)
		all.Wait()
		os.RemoveAll(dir)
	})
	return "host=" + dir + " user=u dbname=d sslmode=disable"
}

func (f *fake) serve(c net.Conn) {
	b := pgproto3.NewBackend(c, c)
	if _, err := b.ReceiveStartupMessage(); err != nil {
		return
	}
	if f.first != "" {
		c.Write([]byte(f.first))
		io.Copy(io.Discard, c) // until the client closes the connection, or the test ends
		return
	}
	ready := func() { b.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'}) }
	b.Send(&pgproto3.AuthenticationOk{})
	ready()
	for statement, named := "", map[string]string{}; b.Flush() == nil; {
		m, err := b.Receive()
		if err != nil {
			return
		}
		switch m := m.(type) {
		case *pgproto3.Query:
			if strings.Contains(m.String, "server_version_num") {
				f.question(b)
			} else {
				b.Send(&pgproto3.CommandComplete{CommandTag: []byte("SET")})
			}
			ready()
		case *pgproto3.Parse:
			named[m.Name] = m.Query
			b.Send(&pgproto3.ParseComplete{})
		case *pgproto3.Describe:
			if m.ObjectType == 'S' {
				b.Send(&pgproto3.ParameterDescription{})
			}
			b.Send(&pgproto3.NoData{})
		case *pgproto3.Bind:
			statement = named[m.PreparedStatement]
			b.Send(&pgproto3.BindComplete{})
		case *pgproto3.Execute:
			if f.execute == nil || !f.ends(statement) {
				b.Send(&pgproto3.CommandComplete{CommandTag: []byte(strings.ToUpper(statement))})
			} else if !f.execute(b) {
				return
			}
		case *pgproto3.Sync:
			if f.sync != nil && f.ends(statement) && !f.sync(b) {
				return
			}
			ready()
			statement = ""
		case *pgproto3.Terminate:
			return
		}
	}
}

// ends reports whether a statement ends a transaction in the tests.
func (f *fake) ends(statement string) bool { return statement == "insert" || statement == "commit" }

func (f *fake) question(b *pgproto3.Backend) {
	b.Send(&pgproto3.CommandComplete{CommandTag: []byte("SET")})
	row := &pgproto3.DataRow{}
	for _, value := range []string{f.version, "f", "t", "t", "t", "", "10", "u", "now", "d"} {
		row.Values = append(row.Values, []byte(value))
	}
	b.Send(&pgproto3.RowDescription{Fields: make([]pgproto3.FieldDescription, len(row.Values))})
	if f.facts != nil {
		f.facts(b, row)
	} else {
		b.Send(row)
	}
	b.Send(&pgproto3.CommandComplete{CommandTag: []byte("SELECT 1")})
}

// TestOutcomes checks what is made of the answers to a commit. A real server gives some of them
// only at rare moments, or in another language.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	notice := func(n pgproto3.NoticeResponse) func(*pgproto3.Backend) bool {
		return func(b *pgproto3.Backend) bool { b.Send(&n); return true }
	}
	failure := func(severity, code string) func(*pgproto3.Backend) bool {
		return func(b *pgproto3.Backend) bool {
			b.Send(&pgproto3.ErrorResponse{Severity: "FEHLER", SeverityUnlocalized: severity, Code: code, Message: "Verbindung?\nGanz weg"})
			return true
		}
	}
	tag := func(text string) func(*pgproto3.Backend) bool {
		return func(b *pgproto3.Backend) bool {
			b.Send(&pgproto3.CommandComplete{CommandTag: []byte(text)})
			return true
		}
	}
	garbage := func(b *pgproto3.Backend) bool {
		b.Send(&pgproto3.AuthenticationMD5Password{Salt: [4]byte{1}})
		b.Send(&pgproto3.CopyInResponse{})
		b.Flush()
		return false
	}
	for name, test := range map[string]struct {
		fake fake
		want error
	}{
		"done":                         {fake{}, nil},
		"a notice":                     {fake{sync: notice(pgproto3.NoticeResponse{Severity: "HINWEIS", SeverityUnlocalized: "NOTICE", Message: "x"})}, nil},
		"a warning":                    {fake{sync: notice(pgproto3.NoticeResponse{Severity: "WARNUNG", SeverityUnlocalized: "WARNING", Message: "x"})}, server.ErrUnknown},
		"a warning of replication":     {fake{sync: notice(pgproto3.NoticeResponse{Severity: "警告", SeverityUnlocalized: "LOG", Routine: "SyncRepWaitForLSN"})}, server.ErrUnknown},
		"a severity that is not known": {fake{sync: notice(pgproto3.NoticeResponse{Severity: "внимание", Message: "x"})}, server.ErrUnknown},
		"rolled back":                  {fake{execute: tag("ROLLBACK")}, server.ErrBusy},
		"an error":                     {fake{sync: failure("ERROR", "40001")}, server.ErrBusy},
		"a unique one":                 {fake{sync: failure("ERROR", "23505")}, server.ErrUnique},
		"the end":                      {fake{sync: failure("FATAL", "57P01")}, server.ErrUnknown},
		"closed":                       {fake{execute: func(*pgproto3.Backend) bool { return false }}, server.ErrUnknown},
		"closed after it":              {fake{sync: func(*pgproto3.Backend) bool { return false }}, server.ErrUnknown},
		"garbage":                      {fake{sync: garbage}, server.ErrUnknown},
		"silence":                      {fake{sync: func(*pgproto3.Backend) bool { time.Sleep(10 * time.Second); return false }}, server.ErrUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := test.fake
			f.version = "150000"
			config := server.Config{DSN: f.start(t), Timeout: 30 * time.Second}
			if name == "silence" {
				config.Timeout = 2 * time.Second
			}
			for how, write := range map[string]func(*server.Server) error{
				"Do": func(s *server.Server) error { return s.Do(t.Context(), true, server.Statement{SQL: "insert"}) },
				"Write": func(s *server.Server) error {
					return s.Write(t.Context(), true, func(tx *server.Tx) error { _, err := tx.Exec("update"); return err })
				},
			} {
				s, err := server.Open(t.Context(), config)
				if err != nil {
					t.Fatal(err)
				}
				err = write(s)
				if !errors.Is(err, test.want) || err != nil && errors.Is(err, server.ErrUnknown) != (test.want == server.ErrUnknown) {
					t.Errorf("%s: %v, not %v", how, err, test.want)
				}
				if err != nil && (strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "insert")) {
					t.Errorf("%s: %q", how, err)
				}
				s.Close()
			}
		})
	}
}

// TestNotPostgreSQL checks what is made of servers that cannot be used, or are none.
func TestNotPostgreSQL(t *testing.T) {
	t.Parallel()
	endless := func(b *pgproto3.Backend, row *pgproto3.DataRow) {
		for b.Send(row); b.Flush() == nil; b.Send(row) {
		}
	}
	short := func(b *pgproto3.Backend, row *pgproto3.DataRow) {
		row.Values = row.Values[:3]
		b.Send(row)
	}
	for name, test := range map[string]struct {
		fake fake
		want error
		text string
	}{
		"version 11":    {fake{version: "110022"}, server.ErrConfiguration, "the server is PostgreSQL 11.22, and 12 is the oldest"},
		"no number":     {fake{version: "fifteen"}, server.ErrUnreachable, "not that of PostgreSQL"},
		"endless rows":  {fake{version: "150000", facts: endless}, server.ErrUnreachable, "not that of PostgreSQL"},
		"few columns":   {fake{version: "150000", facts: short}, server.ErrUnreachable, "not that of PostgreSQL"},
		"no row":        {fake{version: "150000", facts: func(*pgproto3.Backend, *pgproto3.DataRow) {}}, server.ErrUnreachable, "not that of PostgreSQL"},
		"a web server":  {fake{first: "HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n"}, server.ErrUnreachable, ""},
		"a mail server": {fake{first: "220 mail.example.com ESMTP\r\n500 what?\r\n"}, server.ErrUnreachable, ""},
		"a long answer": {fake{first: "R\xff\xff\xff\xff"}, server.ErrUnreachable, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := server.Open(t.Context(), server.Config{DSN: test.fake.start(t) + " password=secret", Timeout: 10 * time.Second})
			if !errors.Is(err, test.want) || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), test.text) {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestEndlessRows checks that rows without end do not outlast the timeout.
func TestEndlessRows(t *testing.T) {
	t.Parallel()
	f := &fake{version: "150000", execute: func(b *pgproto3.Backend) bool {
		b.Send(&pgproto3.RowDescription{})
		for b.Send(&pgproto3.DataRow{}); b.Flush() == nil; b.Send(&pgproto3.DataRow{}) {
		}
		return false
	}}
	s, err := server.Open(t.Context(), server.Config{DSN: f.start(t), Timeout: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := s.Look(ctx, server.Statement{SQL: "insert"}); !errors.Is(err, server.ErrUnreachable) || ctx.Err() != nil {
		t.Error(err)
	}
}
