package server

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// conn is a connection.
type conn struct {
	pg    *pgconn.PgConn
	types *pgtype.Map
	// dialled means that dial was called, and socket is what it returned.
	dialled bool
	socket  *socket
	// prepared has the statements that were prepared on it, by their text. names counts the
	// names that were given, because none is used twice.
	prepared map[string]*pgconn.StatementDescription
	names    int
	// facts are what the server said, and opened is when the connection was made.
	facts  Facts
	opened uint64
	// warning is the text of a warning since it was last cleared.
	warning string
	// notify is called with the channel and the payload of each notification.
	notify func(channel, payload string)
}

// The pauses between two tries to find a server that accepts changes.
const (
	firstPause = 100 * time.Millisecond
	mostPause  = time.Second
)

// connect opens a connection to the host that accepts it and can be written to. All hosts
// share one deadline. If patient, connect tries until then: a standby is being promoted.
func (s *Server) connect(ctx context.Context, patient bool) (*conn, error) {
	ctx, cancel := context.WithTimeout(ctx, s.config.timeout())
	defer cancel()
	for pause := firstPause; ; pause = min(2*pause, mostPause) {
		c, err := s.try(ctx)
		if err == nil || !patient || !errors.Is(err, ErrUnreachable) {
			return c, err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, err
		}
	}
}

// try tries each host once.
func (s *Server) try(ctx context.Context) (*conn, error) {
	s.mu.Lock()
	hosts := slices.Clone(s.hosts)
	s.mu.Unlock()
	var c *conn
	var worst *failure
	var texts []string
	each(ctx, len(hosts), func(ctx context.Context, i int) bool {
		var err *failure
		if c, err = s.dial(ctx, hosts[i]); err == nil {
			s.prefer(hosts[i], true)
			return true
		}
		if ctx.Err() != nil {
			s.prefer(hosts[i], false)
		}
		texts = append(texts, err.text)
		if worst == nil || rank(err) > rank(worst) {
			worst = err
		}
		return final(err)
	})
	if c != nil {
		return c, nil
	}
	worst.text = strings.Join(texts, "; ")
	return nil, worst
}

// rank orders the errors of several hosts: the last says what kind of error all are.
func rank(f *failure) int {
	switch {
	case f.kind == errStandby:
		return 0
	case f.kind == ErrUnreachable:
		return 1
	case f.kind == ErrBusy:
		return 2
	}
	return 3
}

// final reports whether the other hosts would give the same answer: they have the same
// passwords, permissions and databases.
func final(f *failure) bool { return f.code != "" && (f.kind == errPermission || f.code == noDatabase) }

// prefer makes a host the first that is tried, or the last.
func (s *Server) prefer(h *host, first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.Index(s.hosts, h)
	others := slices.Delete(slices.Clone(s.hosts), i, i+1)
	if first {
		s.hosts = append([]*host{h}, others...)
	} else {
		s.hosts = append(others, h)
	}
}

// dial opens a connection to a host.
func (s *Server) dial(ctx context.Context, h *host) (*conn, *failure) {
	var c *conn
	addresses, err := h.addresses(ctx)
	if err != nil {
		return nil, h.failed(err)
	}
	each(ctx, len(addresses), func(ctx context.Context, i int) bool {
		for _, way := range h.ways {
			if c, err = s.open(ctx, way, addresses[i]); !otherWay(err) {
				break
			}
		}
		return err == nil
	})
	if err != nil {
		return nil, h.failed(err)
	}
	c.facts.Host = h.name
	return c, nil
}

// otherWay reports whether a host has to be tried without TLS after it was with TLS, or the
// reverse. It need not if it has not answered: each try takes time from the other hosts.
func otherWay(err error) bool {
	if err == nil {
		return false
	}
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && pg.Code == "28000" || cause(err).Error() == refusedTLS
}

// refusedTLS is the text of the error of pgx when a server has no TLS.
const refusedTLS = "server refused TLS connection"

// open opens a connection to an address.
func (s *Server) open(ctx context.Context, way *pgconn.Config, address string) (*conn, error) {
	c := &conn{types: pgtype.NewMap(), prepared: map[string]*pgconn.StatementDescription{}}
	conf := way.Copy()
	conf.LookupFunc = func(context.Context, string) ([]string, error) { return []string{address}, nil }
	conf.DialFunc = c.dial
	conf.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) { c.notice(n) }
	conf.OnNotification = func(_ *pgconn.PgConn, n *pgconn.Notification) {
		if c.notify != nil {
			c.notify(n.Channel, n.Payload)
		}
	}
	pg, err := pgconn.ConnectConfig(ctx, conf)
	if err != nil {
		return nil, err
	}
	// From here on, a crash of the server ends the connection.
	c.pg, c.opened = pg, s.unsynced.opened()
	if err := s.prepare(ctx, c); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// errDialled is what dial returns if it has dialled.
var errDialled = errors.New("only one connection is made")

// dial connects once. When pgx abandons a connection, it dials the server again to cancel
// what runs there. A commit that waits for a standby would be canceled so: its rows become
// visible on the primary though no standby has them.
func (c *conn) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if c.dialled {
		return nil, errDialled
	}
	c.dialled = true
	d := net.Dialer{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3}}
	inner, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	c.socket = &socket{Conn: inner, opened: time.Now()}
	return c.socket, nil
}

// notice remembers a warning. A commit that was not replicated is only told by one. Its text
// is in the language of the server, so that only severity and routine are looked at.
func (c *conn) notice(n *pgconn.Notice) {
	if n.SeverityUnlocalized == "WARNING" || n.SeverityUnlocalized == "" || n.Routine == "SyncRepWaitForLSN" {
		c.warning = cmp.Or(oneLine(n.Message), "the server sent a warning")
	}
}

// isTLS reports whether an error is that of a certificate.
func isTLS(err error) bool {
	_, ok := errors.AsType[*tls.CertificateVerificationError](err)
	return ok || cause(err).Error() == refusedTLS
}
