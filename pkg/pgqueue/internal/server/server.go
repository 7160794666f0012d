package server

import (
	"context"
	"errors"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"
)

// Server is a PostgreSQL server, or several of which one accepts changes. It can be used by
// several goroutines.
type Server struct {
	config Config
	parsed *pgconn.Config
	// slots has a token for each connection that may be in use.
	slots chan struct{}

	mu         sync.Mutex
	durability Durability
	idle       []*conn
	closed     bool
}

// Open connects to the server, and checks that it keeps what is promised.
func Open(ctx context.Context, c Config) (*Server, error) {
	parsed, err := parse(c)
	if err != nil {
		return nil, err
	}
	s := &Server{config: c, parsed: parsed, slots: make(chan struct{}, c.connections()), durability: c.Durability}
	first, err := s.connect(ctx)
	if err != nil {
		return nil, err
	}
	s.idle = append(s.idle, first)
	return s, nil
}

// Durability returns what durable transactions reach. It is never Auto.
func (s *Server) Durability() Durability {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.durability
}

// Close closes the connections that are not in use. Those in use are closed when they are
// given back.
func (s *Server) Close() {
	s.mu.Lock()
	idle := s.idle
	s.idle, s.closed = nil, true
	s.mu.Unlock()
	for _, c := range idle {
		c.close()
	}
}

// take returns a connection that is not in use, or opens one. It waits if too many are in
// use. fresh means that it was just opened.
func (s *Server) take(ctx context.Context) (*conn, error) {
	select {
	case s.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, classify(ctx.Err())
	}
	for {
		c := s.last()
		if c == nil {
			break
		}
		if c.pg.CheckConn() == nil {
			return c, nil
		}
		c.close()
	}
	c, err := s.connect(ctx)
	if err != nil {
		<-s.slots
	}
	return c, err
}

// give gives a connection back. One that failed is closed, and so are those that are not in
// use: after a failover all of them lead to a server that is not the primary any more.
func (s *Server) give(c *conn, err error) {
	defer func() { <-s.slots }()
	keep := c.usable() && !broken(err)
	s.mu.Lock()
	var drop []*conn
	switch {
	case keep && !s.closed:
		s.idle = append(s.idle, c)
	case keep:
		drop = []*conn{c}
	default:
		drop = append(s.idle, c)
		s.idle = nil
	}
	s.mu.Unlock()
	for _, c := range drop {
		c.close()
	}
}

// last returns the connection that was given back last, or nil.
func (s *Server) last() *conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.idle)
	if n == 0 {
		return nil
	}
	c := s.idle[n-1]
	s.idle = s.idle[:n-1]
	return c
}

// broken reports whether an error means that the connection must not be used again.
func broken(err error) bool {
	f, ok := errors.AsType[*failure](err)
	return ok && f.broken
}
