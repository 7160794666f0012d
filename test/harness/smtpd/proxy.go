package smtpd

import (
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// Proxy stands between a client and a server, and cuts one connection.
type Proxy struct {
	// URL is the address for the client.
	URL string

	to string
	// answers and commands are how many bytes of each direction go through before the cut;
	// less than 0 means all.
	answers, commands atomic.Int64
	// passed are the bytes that have gone through.
	passed [2]atomic.Int64
	cut    atomic.Bool
}

// Cut is where a proxy cuts: after so many bytes of the server's answers, or of the client's
// commands and messages, counted over all connections. 0 means never.
type Cut struct{ Answers, Commands int64 }

// StartProxy starts a proxy in front of a server on loopback. It cuts once, and lets all later
// connections through.
func StartProxy(tb testing.TB, s *Server, cut Cut) *Proxy {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	p := &Proxy{to: s.Addr, URL: strings.Replace(s.URL, s.Addr, l.Addr().String(), 1)}
	p.answers.Store(cut.Answers)
	p.commands.Store(cut.Commands)
	var open sync.WaitGroup
	tb.Cleanup(func() {
		l.Close()
		s.Close()
		open.Wait()
	})
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			open.Go(func() { p.join(c) })
		}
	}()
	return p
}

// Passed returns how many bytes of answers and of commands have gone through.
func (p *Proxy) Passed() (answers, commands int64) { return p.passed[0].Load(), p.passed[1].Load() }

// HasCut reports whether the proxy has cut.
func (p *Proxy) HasCut() bool { return p.cut.Load() }

func (p *Proxy) join(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", p.to)
	if err != nil {
		return
	}
	defer server.Close()
	var both sync.WaitGroup
	both.Go(func() { p.copy(client, server, &p.answers, &p.passed[0]) })
	p.copy(server, client, &p.commands, &p.passed[1])
	both.Wait()
}

// copy copies until the end, or until the cut, which ends both directions.
func (p *Proxy) copy(to, from net.Conn, limit, passed *atomic.Int64) {
	defer to.Close()
	defer from.Close()
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			most := limit.Load()
			room := most - passed.Load()
			now := most > 0 && int64(n) >= room && p.cut.CompareAndSwap(false, true)
			if now {
				n = int(max(room, 0))
			}
			passed.Add(int64(n))
			if _, err := to.Write(buf[:n]); err != nil || now {
				// What has been sent is delivered before the end of the connection.
				return
			}
		}
		if err == io.EOF || err != nil {
			return
		}
	}
}
