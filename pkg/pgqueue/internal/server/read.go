package server

import "context"

// Look runs statements that change nothing, in one round trip once they are prepared. All
// see the same state if they are one statement.
func (s *Server) Look(ctx context.Context, statements ...Statement) error {
	return s.with(ctx, func(ctx context.Context, c *conn) error {
		ctx, cancel := context.WithTimeout(ctx, s.config.timeout())
		defer cancel()
		groups := []*group{{statements: statements}}
		encoded, err := c.ready(ctx, groups)
		if err == nil {
			c.run(ctx, groups, encoded)
			err = groups[0].err
		}
		return classify(err)
	})
}

// Read runs a transaction that changes nothing, and whose statements all see the same state.
// The server keeps old rows for as long as it is open, so that f must not wait for anything.
func (s *Server) Read(ctx context.Context, f func(*Tx) error) error {
	return s.with(ctx, func(ctx context.Context, c *conn) error {
		tx := &Tx{ctx: ctx, conn: c, server: s, opening: []Statement{{SQL: "begin isolation level repeatable read read only"}}}
		err := f(tx)
		switch {
		case tx.err != nil:
			err = tx.err
		case err != nil:
			err = own{err}
		}
		if tx.opening == nil {
			tx.rollback()
		}
		return err
	})
}
