package client

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"

	"github.com/emersion/go-smtp"
)

// Dial connects to the server, greets it and authenticates. Its error is an [*Error].
func (s *Server) Dial(ctx context.Context) (*Session, error) {
	session := &Session{server: s, times: s.Timeouts.or(defaults)}
	if err := session.connect(ctx); err != nil {
		return nil, err
	}
	return session, nil
}

// connect makes a connection, with TLS as the server and ours allow.
func (s *Session) connect(ctx context.Context) error {
	l, err := s.open(ctx, s.server.TLS)
	var failed *Error
	if s.server.TLS == TLSWanted && !s.server.Implicit && errors.As(err, &failed) && failed.Kind == TLSFailed && ctx.Err() == nil {
		// The two cannot agree on TLS. A connection without it does not carry the password.
		l, err = s.open(ctx, TLSOff)
	}
	if err != nil {
		return err
	}
	s.link = l
	return nil
}

// open makes a connection and says hello.
func (s *Session) open(ctx context.Context, mode TLS) (*link, error) {
	conn, err := s.server.connect(ctx, s.times)
	if err != nil {
		return nil, s.fail(ctx, Unreachable, err)
	}
	l := newLink(conn, s.times.Block)
	stop := context.AfterFunc(ctx, l.cut)
	err = s.greet(ctx, l, mode)
	if !stop() && err == nil {
		err = s.fail(ctx, Lost, ctx.Err())
	}
	if err != nil {
		l.cut()
		return nil, err
	}
	return l, nil
}

// connect makes the network connection.
func (s *Server) connect(ctx context.Context, times Timeouts) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, times.Connect)
	defer cancel()
	if s.dial != nil {
		return s.dial(ctx)
	}
	var d net.Dialer
	return d.DialContext(ctx, s.Network, s.Address)
}

// greet does all that comes before the first mail.
func (s *Session) greet(ctx context.Context, l *link, mode TLS) error {
	if s.server.Implicit {
		if mode == TLSOff {
			return s.fail(ctx, TLSFailed, errors.New("TLS is off, but smtps:// needs it"))
		}
		if err := s.startTLS(ctx, l, mode); err != nil {
			return err
		}
	}
	client, err := s.hello(ctx, l, false)
	if err != nil {
		return err
	}
	if mode != TLSOff && !s.server.Implicit {
		begun, err := s.offerTLS(ctx, l, client, mode)
		if err != nil {
			return err
		}
		if begun {
			// What was said before TLS may have been forged.
			if client, err = s.hello(ctx, l, true); err != nil {
				return err
			}
		}
	}
	if s.server.User != "" {
		if err := s.auth(ctx, l, client); err != nil {
			return err
		}
	}
	l.pipelining, _ = client.Extension("PIPELINING")
	l.eightBit, _ = client.Extension("8BITMIME")
	l.utf8, _ = client.Extension("SMTPUTF8")
	l.size, _ = client.Extension("SIZE")
	size, _ := client.MaxMessageSize()
	l.maxSize = int64(size)
	return nil
}

// hello reads the greeting and says hello. With again, TLS has just begun, and the server
// does not greet a second time; go-smtp gets a greeting from us.
func (s *Session) hello(ctx context.Context, l *link, again bool) (*smtp.Client, error) {
	g := &greeter{link: l, Conn: l.conn, lmtp: s.server.LMTP, greeting: s.times.Greeting, hello: s.times.Hello}
	if again {
		g.unread = []byte("220 TLS\r\n")
	}
	client := smtp.NewClient(g)
	if s.server.LMTP {
		client = smtp.NewClientLMTP(g)
	}
	if err := client.Hello(s.helloName(l)); err != nil {
		return nil, s.refused(ctx, err)
	}
	return client, nil
}

// helloName returns our name as RFC 5321 wants it: with a domain, or an address.
func (s *Session) helloName(l *link) string {
	if s.server.Hello != "" {
		return s.server.Hello
	}
	if name, err := os.Hostname(); err == nil && strings.Contains(strings.Trim(name, "."), ".") && badAddress(name) == "" && ascii(name) {
		return name
	}
	if address, ok := l.raw.LocalAddr().(*net.TCPAddr); ok {
		if address.IP.To4() != nil {
			return "[" + address.IP.String() + "]"
		}
		return "[IPv6:" + address.IP.String() + "]"
	}
	return "localhost"
}

// refused returns the error for one of go-smtp.
func (s *Session) refused(ctx context.Context, err error) error {
	var answer *smtp.SMTPError
	if !errors.As(err, &answer) {
		return s.fail(ctx, Lost, err)
	}
	a := smtpAnswer(answer)
	failed := &Error{Kind: refusal(a), Server: s.server.String(), Answer: a}
	if failed.Kind == Lost {
		failed.Err = notReply{a.String()}
		failed.Answer = Answer{}
	}
	return failed
}

// fail returns an error without an answer. If the context is done, that is the cause.
func (s *Session) fail(ctx context.Context, kind Kind, err error) *Error {
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	if kind != BodyFailed {
		err = cause(err)
	}
	return &Error{Kind: kind, Server: s.server.String(), Err: err}
}
