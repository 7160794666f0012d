package server

import (
	"context"
	"time"
)

// direct prepares a connection for transactions.
func (c *conn) direct(ctx context.Context) error {
	if err := c.pg.SyncConn(ctx); err != nil {
		return classify(err)
	}
	return classify(c.socket.direct())
}

// within gives what follows a deadline. It costs less than one of a context.
func (c *conn) within(timeout time.Duration) { c.socket.SetDeadline(time.Now().Add(timeout)) }

// unlimited takes it away, unless pgx is closing the connection with one of its own.
func (c *conn) unlimited() {
	if !c.pg.IsClosed() {
		c.socket.SetDeadline(time.Time{})
	}
}

// usable reports whether the connection can be used for another transaction.
func (c *conn) usable() bool { return !c.pg.IsClosed() && !c.pg.IsBusy() && c.pg.TxStatus() == 'I' }

// close closes the connection without waiting for the server.
func (c *conn) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	c.pg.Close(ctx)
	c.socket.resign()
}
