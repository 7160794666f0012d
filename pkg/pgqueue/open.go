package pgqueue

import (
	"context"
	"fmt"
	"os"
	"time"

	"switchboard/pkg/pgqueue/internal/schema"
	"switchboard/pkg/pgqueue/internal/server"
	"switchboard/pkg/queue"
)

// DefaultLease is how long a lease lasts if Config does not say, and ShortestLease is the
// shortest that it may say. A shorter one would end while a primary fails over.
const (
	DefaultLease  = 2 * time.Minute
	ShortestLease = 10 * time.Second
)

// Config says where the database is and what is asked of it.
type Config struct {
	server.Config
	// Lease is how long a claim with a lease lasts unless it is extended. If it is 0, it is
	// DefaultLease.
	Lease time.Duration
}

// Server is a database that has queues. It can be used by several goroutines.
type Server struct {
	db *server.Server
	// timeout limits each operation.
	timeout time.Duration
	lease   time.Duration
	// worker names this process in its claims, for people.
	worker string
	// unsynced are the claims of all queues that were ended and may not be durable yet.
	unsynced unsynced
}

// Open connects to the database, and checks that it keeps what is promised and has the tables.
func Open(ctx context.Context, c Config) (*Server, error) {
	s := &Server{timeout: c.Timeout, lease: c.Lease}
	if s.timeout == 0 {
		s.timeout = server.DefaultTimeout
	}
	if s.lease == 0 {
		s.lease = DefaultLease
	}
	if s.lease < ShortestLease {
		return nil, &queue.Error{Path: scheme, Err: fmt.Errorf("%w: lease must be at least %v", queue.ErrSetup, ShortestLease)}
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	s.worker = fmt.Sprintf("%s[%d]", host, os.Getpid())
	db, err := server.Open(ctx, c.Config)
	if err == nil {
		if err = schema.Check(ctx, db); err != nil {
			db.Close()
		}
	}
	if err != nil {
		return nil, failed(scheme, err)
	}
	s.db = db
	return s, nil
}

// Close closes the connections. The queues must not be used any more.
func (s *Server) Close() error {
	s.db.Close()
	return nil
}
