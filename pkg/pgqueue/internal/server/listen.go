package server

import (
	"context"
	"strings"
	"time"
)

// Listener has a connection of its own, on which it hears the notifications of a channel.
type Listener struct {
	conn  *conn
	heard []string
}

// Listen opens a connection that listens on channel. What is notified after Listen returns
// is heard.
func (s *Server) Listen(ctx context.Context, channel string) (*Listener, error) {
	c, err := s.connect(ctx, true)
	if err != nil {
		return nil, err
	}
	l := &Listener{conn: c}
	c.notify = func(_, payload string) { l.heard = append(l.heard, payload) }
	ctx, cancel := context.WithTimeout(ctx, s.config.timeout())
	defer cancel()
	if _, err := c.pg.Exec(ctx, `listen "`+strings.ReplaceAll(channel, `"`, `""`)+`"`).ReadAll(); err != nil {
		c.close()
		return nil, classify(err)
	}
	return l, nil
}

// Wait waits until something is heard, and returns the payloads. If nothing is heard for as
// long as most, it returns none.
func (l *Listener) Wait(ctx context.Context, most time.Duration) ([]string, error) {
	if l.heard == nil {
		inner, cancel := context.WithTimeout(ctx, most)
		defer cancel()
		err := l.conn.pg.WaitForNotification(inner)
		if err != nil && inner.Err() == nil {
			return nil, classify(err)
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	heard := l.heard
	l.heard = nil
	return heard, nil
}

// Close ends the listening.
func (l *Listener) Close() { l.conn.close() }
