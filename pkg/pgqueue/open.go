package pgqueue

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"switchboard/pkg/pgqueue/internal/schema"
	"switchboard/pkg/pgqueue/internal/server"
)

// Server is a database that has queues. It can be used by several goroutines.
type Server struct {
	db *server.Server
	// timeout limits each operation.
	timeout time.Duration
	lease   time.Duration
	// keep is how long the names of entries are remembered that were stored by name.
	keep time.Duration
	// long calls Config.Long once.
	long func()
	// worker names this process in its claims, for people.
	worker string
	// told is done once the process was told to stop. stopping does that.
	told     context.Context
	stopping context.CancelFunc
	// unsynced are the claims of all queues that were ended and may not be durable yet.
	unsynced unsynced
}

// Open connects to the database, and checks that it keeps what is promised and has the tables.
func Open(ctx context.Context, c Config) (*Server, error) {
	c, err := c.complete()
	if err != nil {
		return nil, err
	}
	s := &Server{timeout: c.Timeout, lease: c.Lease, keep: c.Keep, long: func() {}}
	if c.Long != nil {
		s.long = sync.OnceFunc(c.Long)
	}
	s.told, s.stopping = context.WithCancel(context.Background())
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	s.worker = fmt.Sprintf("%s[%d]", host, os.Getpid())
	db, err := server.Open(ctx, c.server())
	if err == nil {
		if err = schema.Check(ctx, db); err != nil {
			db.Close()
		}
	}
	if err != nil {
		return nil, failed(place, err)
	}
	s.db = db
	return s, nil
}

// Close closes the connections. The queues must not be used any more.
func (s *Server) Close() error {
	s.db.Close()
	return nil
}
