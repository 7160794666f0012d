// Package smtpd is a mail server for tests. It answers as a script tells it to, keeps what it
// took, and complains about each client that breaks the rules of SMTP.
//
//	s := smtpd.Start(t, smtpd.Options{})
//	harness.Run(t, nil, "qdeliver", "--server", s.URL, "out")
//	for _, m := range s.Mails() { ... }
//
// Without a script, the local part of an address decides: "450.anne@example.org" is refused with
// 450, and "552.bart@example.org" with 552. All others are taken.
package smtpd

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Options say what a server offers, and how it answers.
type Options struct {
	// LMTP makes it an LMTP server, which answers for each recipient after the dot.
	LMTP bool
	// Unix is the path of its socket; "" means a port on loopback.
	Unix string
	// Omit are the extensions that it does not offer, as "PIPELINING".
	Omit []string
	// HELO refuses EHLO, as a server without extensions does.
	HELO bool
	// Size is the limit that it announces and enforces; 0 means none.
	Size int64
	// MaxRecipients is how many recipients it takes in a transaction: the next ones get 452.
	MaxRecipients int
	// MaxMails is how many messages it takes on a connection: then MAIL gets 421.
	MaxMails int
	// TLS, if there is one, offers STARTTLS. Implicit begins with it.
	TLS      *tls.Config
	Implicit bool
	// User and Password, if User is not "", are required by AUTH.
	User, Password string
	// Lenient are byte sequences that end a message besides CR LF . CR LF, as in servers that
	// can be made to take one message for two.
	Lenient []string
	// Forget drops the bytes of the messages: a Mail then has only Size.
	Forget bool
	// Script answers what it wants to answer; an empty Reply leaves it to the server.
	Script func(Step) Reply
}

// Step is a point of the dialogue at which the server answers.
type Step struct {
	// Verb is CONNECT, EHLO, HELO, LHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, DOT, RSET, NOOP or
	// QUIT. DOT is the end of a message; an LMTP server has one for each recipient.
	Verb string
	// Address is that of MAIL and RCPT, and of the DOT of an LMTP server.
	Address string
	// Connection, Mail and Recipient count from 1: the connections of the server, the MAIL
	// commands of the connection, and the RCPT commands of the transaction.
	Connection, Mail, Recipient int
	// Data is the message, at DOT.
	Data []byte
}

// Reply is what the server answers.
type Reply struct {
	// Text is a code and a text, as "450 4.2.2 mailbox full"; several lines have "\n" between
	// them, and then all have their code. With Raw it is sent as it is.
	Text string
	Raw  bool
	// Close closes the connection, after Text if there is one. Took says that a message whose
	// answer is not 2xx was taken all the same.
	Close, Took bool
	// Wait, if it is not nil, delays the answer until it is closed or the server ends.
	Wait <-chan struct{}
	// Endless repeats Text until the client goes.
	Endless bool
}

// Mail is a message that the server took.
type Mail struct {
	// From and To are the envelope, without the angle brackets, in the order of the commands.
	// To has only the recipients for whom it was taken.
	From string
	To   []string
	// Parameters are those of MAIL, as "BODY=8BITMIME".
	Parameters []string
	// Data is the message with its CRLFs; the doubled dots are single.
	Data []byte
	Size int64
	// Connection is the number of the connection, TLS says that it was encrypted, and User is
	// who authenticated.
	Connection int
	TLS        bool
	User       string
}

// Text returns the message with newlines in place of its CRLFs.
func (m Mail) Text() string { return strings.ReplaceAll(string(m.Data), "\r\n", "\n") }

// Server is a mail server that runs until the test ends.
type Server struct {
	// URL is its address, as "smtp://127.0.0.1:2525"; Addr is the same without the scheme.
	URL, Addr string

	opts        Options
	listener    net.Listener
	done        chan struct{}
	connections sync.WaitGroup

	mu         sync.Mutex
	open       map[net.Conn]bool
	count      int
	mails      []Mail
	complaints []string
	steps      map[string]int
}

// Start starts a server, which ends with the test.
func Start(tb testing.TB, opts Options) *Server {
	tb.Helper()
	network, addr := "tcp", "127.0.0.1:0"
	if opts.Unix != "" {
		network, addr = "unix", opts.Unix
	}
	l, err := net.Listen(network, addr)
	if err != nil {
		tb.Fatal(err)
	}
	s := &Server{opts: opts, listener: l, done: make(chan struct{}), open: map[net.Conn]bool{}, steps: map[string]int{}}
	s.Addr = l.Addr().String()
	switch {
	case opts.Unix != "":
		s.URL = "lmtp+unix:" + opts.Unix
	case opts.LMTP:
		s.URL = "lmtp://" + s.Addr
	case opts.Implicit:
		s.URL = "smtps://" + s.Addr
	default:
		s.URL = "smtp://" + s.Addr
	}
	go s.accept()
	tb.Cleanup(s.Close)
	return s
}

// Close ends the server and its connections.
func (s *Server) Close() {
	s.mu.Lock()
	select {
	case <-s.done:
	default:
		close(s.done)
	}
	for c := range s.open {
		c.Close()
	}
	s.mu.Unlock()
	s.listener.Close()
	s.connections.Wait()
}

func (s *Server) accept() {
	for {
		c, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.count++
		n := s.count
		s.open[c] = true
		s.connections.Add(1)
		s.mu.Unlock()
		go func() {
			defer s.connections.Done()
			d := &dialogue{server: s, conn: c, Step: Step{Connection: n}}
			if s.opts.Implicit {
				t := tls.Server(c, s.opts.TLS)
				d.conn, d.tls = t, true
			}
			d.r = bufio.NewReaderSize(d.conn, 64<<10)
			d.run()
			d.conn.Close()
			s.mu.Lock()
			delete(s.open, c)
			s.mu.Unlock()
		}()
	}
}

// Mails returns what the server has taken so far, in the order of taking.
func (s *Server) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.mails)
}

// Got returns how often each recipient got a message for which which returns true, or any
// message if which is nil.
func (s *Server) Got(which func(Mail) bool) map[string]int {
	got := map[string]int{}
	for _, m := range s.Mails() {
		if which == nil || which(m) {
			for _, to := range m.To {
				got[to]++
			}
		}
	}
	return got
}

// Complaints returns what clients have done that RFC 5321 or an extension forbids.
func (s *Server) Complaints() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.complaints)
}

// Steps returns how often a verb was answered, or, with its code, how often with this one:
// "RCPT", "RCPT 450". It tells whether a script had its chance.
func (s *Server) Steps(what string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.steps[what]
}

// Connections returns how many connections there have been.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count
}

func (s *Server) complain(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.complaints = append(s.complaints, fmt.Sprintf(format, args...))
}

func (s *Server) take(m Mail) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mails = append(s.mails, m)
}
