package server

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// conn is a connection.
type conn struct {
	pg    *pgconn.PgConn
	types *pgtype.Map
	// prepared has the statements that were prepared on it, by their text. names counts the
	// names that were given, because none is used twice.
	prepared map[string]*pgconn.StatementDescription
	names    int
	// warning is the text of a warning since it was last cleared.
	warning string
	// notify is called with the channel and the payload of each notification.
	notify func(channel, payload string)
}

// connect opens a connection to the first of the hosts that accepts it and that can be
// written to. All hosts share one deadline, because a host that is frozen must not use up
// the time of those after it.
func (s *Server) connect(ctx context.Context) (*conn, error) {
	ctx, cancel := context.WithTimeout(ctx, s.config.timeout())
	defer cancel()
	hosts, err := s.hosts(ctx)
	if err != nil {
		return nil, err
	}
	deadline, _ := ctx.Deadline()
	var first error
	for i, h := range hosts {
		share := time.Until(deadline) / time.Duration(len(hosts)-i)
		ctx, cancel := context.WithTimeout(ctx, share)
		c, err := s.dial(ctx, h)
		cancel()
		if err == nil {
			return c, nil
		}
		if first == nil {
			first = err
		}
		if !errors.Is(err, ErrUnreachable) {
			// Another host would answer the same: the password is wrong there, too.
			return nil, err
		}
	}
	return nil, first
}

// dial opens a connection to one host.
func (s *Server) dial(ctx context.Context, h host) (*conn, error) {
	c := &conn{types: pgtype.NewMap(), prepared: map[string]*pgconn.StatementDescription{}}
	conf := h.config.Copy()
	conf.DialFunc = once(conf.DialFunc)
	conf.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) { c.notice(n) }
	conf.OnNotification = func(_ *pgconn.PgConn, n *pgconn.Notification) {
		if c.notify != nil {
			c.notify(n.Channel, n.Payload)
		}
	}
	pg, err := pgconn.ConnectConfig(ctx, conf)
	if err != nil {
		return nil, h.failed(err)
	}
	c.pg = pg
	if err := s.prepare(ctx, c); err != nil {
		c.close()
		return nil, h.failed(err)
	}
	return c, nil
}

// errDialled is what a dialler returns that has dialled.
var errDialled = errors.New("only one connection is made")

// once returns a dialler that dials once. When pgx abandons a connection, it dials the
// server again to cancel what runs there. A commit that waits for a standby would be
// canceled so: its rows become visible on the primary though no standby has them.
func once(dial pgconn.DialFunc) pgconn.DialFunc {
	dialled := false
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if dialled {
			return nil, errDialled
		}
		dialled = true
		return dial(ctx, network, address)
	}
}

// notice remembers a warning. A commit that was not replicated is only told by one. The
// text is the server's and in its language, so that only severity and routine are looked at.
func (c *conn) notice(n *pgconn.Notice) {
	if n.SeverityUnlocalized == "WARNING" || n.SeverityUnlocalized == "" || n.Routine == "SyncRepWaitForLSN" {
		c.warning = n.Message
	}
}

// usable reports whether the connection can be used for another transaction.
func (c *conn) usable() bool { return !c.pg.IsClosed() && !c.pg.IsBusy() && c.pg.TxStatus() == 'I' }

// close closes the connection without waiting for the server.
func (c *conn) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	c.pg.Close(ctx)
}
