package postgres

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// Fate is what a proxy does with a message, and with the connection.
type Fate int

const (
	// Pass sends it on.
	Pass Fate = iota
	// CutBefore closes the connection instead of sending it on.
	CutBefore
	// CutAfter sends it on and then closes the connection.
	CutAfter
	// Freeze sends nothing any more, in either direction, and does not close the connection:
	// the other machine is there no longer.
	Freeze
)

// Proxy stands between the commands and a server, and decides about each message.
type Proxy struct {
	server *Server
	dir    string
	decide func(Message) Fate

	mu       sync.Mutex
	messages []Message
	conns    int
	open     map[net.Conn]bool
	over     chan struct{}
	errs     []error
}

// port is part of the name of the proxy's socket. Nothing listens on the port.
const port = 5432

// StartProxy starts a proxy in front of a server. decide is called for each message, one at a
// time; nil passes all of them. A connection waits while decide runs.
func StartProxy(tb testing.TB, s *Server, decide func(Message) Fate) *Proxy {
	tb.Helper()
	// Not below TMPDIR: the path of a socket is short.
	dir, err := os.MkdirTemp("/tmp", "switchboard-proxy-")
	if err != nil {
		tb.Fatal(err)
	}
	// A test may run its commands as another user.
	err = os.Chmod(dir, 0o755)
	l, lerr := net.Listen("unix", filepath.Join(dir, fmt.Sprintf(".s.PGSQL.%d", port)))
	if err := errors.Join(err, lerr); err != nil {
		os.RemoveAll(dir)
		tb.Fatal(err)
	}
	os.Chmod(l.Addr().String(), 0o777)
	p := &Proxy{server: s, dir: dir, decide: decide, open: map[net.Conn]bool{}, over: make(chan struct{})}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { p.join(client) })
		}
	})
	tb.Cleanup(func() {
		l.Close()
		p.CutAll()
		close(p.over)
		all.Wait()
		os.RemoveAll(dir)
		for _, err := range p.errs {
			tb.Errorf("proxy: %v", err)
		}
	})
	return p
}

// DSN returns a connection string of a database that leads through the proxy.
func (p *Proxy) DSN(d *Database) string {
	return fmt.Sprintf("host=%s port=%d user=postgres dbname=%s", p.dir, port, d.Name)
}

// Decide sets what decides about the messages from now on, and forgets those before.
func (p *Proxy) Decide(decide func(Message) Fate) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.decide, p.messages, p.conns = decide, nil, 0
}

// Messages returns what has come through, or was to come through, without their data.
func (p *Proxy) Messages() []Message {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Message(nil), p.messages...)
}

// CutAll closes all connections.
func (p *Proxy) CutAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.open {
		c.Close()
	}
}

func (p *Proxy) join(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("unix", p.server.Socket())
	if err != nil {
		return // the server is down, and the client hears so
	}
	defer server.Close()
	p.mu.Lock()
	n := p.conns
	p.conns++
	p.open[client], p.open[server] = true, true
	p.mu.Unlock()
	var both sync.WaitGroup
	frozen := make(chan struct{})
	both.Go(func() { p.copy(client, server, n, true, frozen) })
	p.copy(server, client, n, false, frozen)
	both.Wait()
	p.mu.Lock()
	delete(p.open, client)
	delete(p.open, server)
	p.mu.Unlock()
}

// copy sends messages on until one side closes the connection or the proxy does, which ends
// both directions.
func (p *Proxy) copy(to, from net.Conn, conn int, isServer bool, frozen chan struct{}) {
	defer to.Close()
	defer from.Close()
	first := !isServer
	for {
		kind, data, err := readMessage(from, first, isServer)
		if err != nil {
			if !ended(err) {
				p.mu.Lock()
				p.errs = append(p.errs, err)
				p.mu.Unlock()
			}
			return
		}
		first = false
		switch p.fate(Message{Conn: conn, FromServer: isServer, Kind: kind, Data: data}, frozen) {
		case CutBefore:
			return
		case CutAfter:
			to.Write(data)
			return
		case Freeze:
			<-p.over
			return
		}
		if _, err := to.Write(data); err != nil {
			return
		}
	}
}

// ended reports whether reading failed because a side closed the connection.
func ended(err error) bool {
	var op *net.OpError
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &op)
}

// fate numbers a message and decides about it. A frozen connection stays frozen.
func (p *Proxy) fate(m Message, frozen chan struct{}) Fate {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-frozen:
		return Freeze
	default:
	}
	m.N = len(p.messages)
	fate := Pass
	if p.decide != nil {
		fate = p.decide(m)
	}
	// A long message would be held for as long as the test.
	m.Data = append([]byte(nil), m.Data[:min(len(m.Data), 200)]...)
	p.messages = append(p.messages, m)
	if fate == Freeze {
		close(frozen)
	}
	return fate
}
