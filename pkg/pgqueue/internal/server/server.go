package server

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// Server is a PostgreSQL server, or several of which one accepts changes. It can be used by
// several goroutines.
type Server struct {
	config Config
	// slots has a token for each connection that may be in use.
	slots chan struct{}
	// facts are those of the first connection.
	facts    Facts
	unsynced unsynced

	mu sync.Mutex
	// hosts are in the order in which they are tried.
	hosts      []*host
	durability Durability
	idle       []*conn
	closed     bool
}

// Open connects to the server, and checks that it keeps what is promised.
func Open(ctx context.Context, c Config) (*Server, error) {
	s, err := newServer(c)
	if err != nil {
		return nil, err
	}
	first, err := s.connectDirectly(ctx, false)
	if err != nil {
		return nil, err
	}
	s.idle, s.facts = append(s.idle, first), first.facts
	return s, nil
}

// newServer returns a Server that has no connection.
func newServer(c Config) (*Server, error) {
	found, err := c.resolve()
	if err != nil {
		return nil, err
	}
	hosts, err := found.hosts()
	if err != nil {
		return nil, err
	}
	return &Server{config: c, hosts: hosts, slots: make(chan struct{}, c.connections()), durability: c.Durability}, nil
}

// Durability returns what durable transactions reach. It is never Auto.
func (s *Server) Durability() Durability {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.durability
}

// Asked returns the durability that Config asks for.
func (s *Server) Asked() Durability { return s.config.Durability }

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

// take returns a connection that is not in use, or opens one: the one that was used last or,
// if longest, the one that is open for longest. It waits if too many are in use.
func (s *Server) take(ctx context.Context, longest bool) (*conn, error) {
	select {
	case s.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, classify(ctx.Err())
	}
	for {
		c := s.unused(longest)
		if c == nil {
			break
		}
		if c.alive(ctx) {
			return c, nil
		}
		c.close()
	}
	c, err := s.connectDirectly(ctx, true)
	if err != nil {
		<-s.slots
	}
	return c, err
}

// connectDirectly opens a connection for transactions.
func (s *Server) connectDirectly(ctx context.Context, patient bool) (*conn, error) {
	c, err := s.connect(ctx, patient)
	if err != nil {
		return nil, err
	}
	if err := c.direct(ctx); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
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

// unused returns a connection that is not in use, or nil.
func (s *Server) unused(longest bool) *conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := len(s.idle) - 1
	if i < 0 {
		return nil
	}
	for j, c := range s.idle {
		if longest && c.opened < s.idle[i].opened {
			i = j
		}
	}
	c := s.idle[i]
	s.idle = slices.Delete(s.idle, i, i+1)
	return c
}

// broken reports whether an error means that the connection must not be used again.
func broken(err error) bool {
	f, ok := errors.AsType[*failure](err)
	return ok && f.broken
}
