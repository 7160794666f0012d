package deliver

import (
	"context"
	"slices"
	"sync"
	"time"

	"switchboard/pkg/deliver/internal/client"
	"switchboard/pkg/queue"
)

// maxIdle is how long a connection is kept for the next entry. RFC 5321 lets a server close
// it after five minutes, and many do so earlier.
const maxIdle = 20 * time.Second

// session is what this package uses of a client.Session.
type session interface {
	Send(ctx context.Context, mail client.Mail) ([]client.Answer, error)
	Close() error
}

// connection is a connection to the server.
type connection struct {
	session
	// used means that it has had a transaction. The server may have closed it since.
	used bool
	// limit is how many recipients a transaction may have.
	limit int
	// begun is the entry that the last transaction has begun with, nil if there is none. The
	// connection is of use for no other entry.
	begun *entry
	// idle closes it after maxIdle.
	idle *time.Timer
}

// learn makes the next transactions smaller if this one had too many recipients.
func (c *connection) learn(answers []client.Answer) {
	taken, tooMany := 0, false
	for _, a := range answers {
		tooMany = tooMany || a.Stage == client.StageNext
		if a.Stage == client.StageData || a.Stage == client.StageEnd || a.Stage == client.StageUnknown {
			taken++
		}
	}
	if tooMany && taken > 0 {
		c.limit = min(c.limit, taken)
	}
}

// connections has the connections that no entry is using.
type connections struct {
	dial  func(ctx context.Context) (session, error)
	limit int

	mu     sync.Mutex
	idle   []*connection
	closed bool
}

// get returns an idle connection, or a new one.
func (p *connections) get(ctx context.Context) (*connection, error) {
	if c := p.take(); c != nil {
		return c, nil
	}
	return p.fresh(ctx)
}

func (p *connections) take() *connection {
	p.mu.Lock()
	defer p.mu.Unlock()
	// The one that was used last is the least likely to have been closed.
	for i, c := range slices.Backward(p.idle) {
		if c.begun == nil {
			p.idle = slices.Delete(p.idle, i, i+1)
			c.idle.Stop()
			return c
		}
	}
	return nil
}

// begun returns an entry with which a transaction has begun, and its connection in it. It returns
// nil if there is none.
func (p *connections) begun(claim *queue.Claim) *entry {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, c := range p.idle {
		if c.begun != nil && c.begun.claim == claim {
			p.idle = slices.Delete(p.idle, i, i+1)
			c.idle.Stop()
			e := c.begun
			c.begun, e.delivery.connection = nil, c
			return e
		}
	}
	return nil
}

// fresh returns a new connection.
func (p *connections) fresh(ctx context.Context) (*connection, error) {
	s, err := p.dial(ctx)
	if err != nil {
		return nil, err
	}
	return &connection{session: s, limit: p.limit}, nil
}

// put keeps a connection for the next entry.
func (p *connections) put(c *connection) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		go c.Close()
		return
	}
	p.idle = append(p.idle, c)
	if c.idle == nil {
		c.idle = time.AfterFunc(maxIdle, func() { p.expire(c) })
	} else {
		c.idle.Reset(maxIdle)
	}
}

// expire closes a connection if it is still idle.
func (p *connections) expire(c *connection) {
	p.mu.Lock()
	idle := false
	for i, other := range p.idle {
		if idle = other == c; idle {
			p.idle = append(p.idle[:i], p.idle[i+1:]...)
			break
		}
	}
	p.mu.Unlock()
	if idle {
		c.Close()
	}
}

// close closes all idle connections, and those that become idle later.
func (p *connections) close() {
	p.mu.Lock()
	idle := p.idle
	p.idle, p.closed = nil, true
	p.mu.Unlock()
	for _, c := range idle {
		c.idle.Stop()
		c.Close()
	}
}
