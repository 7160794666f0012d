package server

import (
	"context"
	"errors"
	"sync"
)

// ErrForgotten means that transactions that were not durable may be lost, because the server
// crashed or another one took over before Sync was called.
var ErrForgotten = errors.New("not durable")

// unsynced knows which transactions may not be durable yet.
//
// The log of a server is durable up to any place if it is durable up to a later one, so that
// one durable transaction makes all before it durable, if the server still has them. It has if
// a connection to it that was open before the first of them still is: a crash and a failover
// end all connections.
type unsynced struct {
	mu sync.Mutex
	// clock counts connections and transactions.
	clock uint64
	waiting
}

// waiting are transactions that are not durable.
type waiting struct {
	// first is when the first of them began, or 0.
	first uint64
	// server tells the server of the first, and several that there are others.
	server  string
	several bool
}

// opened returns when a connection was opened.
func (u *unsynced) opened() uint64 {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.clock++
	return u.clock
}

// add notes that a transaction that is not durable begins.
func (u *unsynced) add(server string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.clock++
	if u.first == 0 {
		u.waiting = waiting{first: u.clock, server: server}
	}
	u.several = u.several || server != u.server
}

// take returns the transactions that are not durable, and expects that all are made durable.
func (u *unsynced) take() waiting {
	u.mu.Lock()
	defer u.mu.Unlock()
	w := u.waiting
	u.waiting = waiting{}
	return w
}

// restore takes take back.
func (u *unsynced) restore(w waiting) {
	u.mu.Lock()
	defer u.mu.Unlock()
	w.several = w.several || u.first != 0 && w.server != u.server
	u.waiting = w
}

// logged writes something to the server's log: a transaction that writes nothing waits for
// nothing when it is committed.
const logged = "select pg_catalog.pg_logical_emit_message(true, 'switchboard', '')"

// Sync makes all transactions durable that were committed before and were not to be. If the
// server may have lost some of them, it returns an error that matches [ErrForgotten], and does
// so once: the caller has to do them again.
func (s *Server) Sync(ctx context.Context) error {
	w := s.unsynced.take()
	if w.first == 0 {
		return nil
	}
	var used *conn
	err := s.use(ctx, true, func(ctx context.Context, c *conn) error {
		used = c
		return s.commit(ctx, c, true, &group{statements: append(s.opening(true), Statement{SQL: logged})}, nil)
	})
	switch {
	case err != nil:
		s.unsynced.restore(w)
		return err
	case used.opened > w.first || used.facts.Started != w.server || w.several:
		return failed(ErrForgotten, "the connection was lost, and with it perhaps what was not durable yet")
	}
	return nil
}
