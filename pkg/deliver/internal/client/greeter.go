package client

import (
	"bytes"
	"errors"
	"net"
	"time"
)

var errNotLMTP = errors.New("the server does not speak LMTP")

// greeter is the connection as go-smtp sees it. A read returns no more than one answer, which
// has been checked and bounded, so that nothing stays in a buffer of go-smtp when it is done.
type greeter struct {
	*link
	net.Conn
	lmtp bool
	// unread is the part of an answer that go-smtp has not read yet.
	unread []byte
	// verb is the last command's.
	verb string
	// greeting and hello are how long the server may take for its greeting and for what
	// follows.
	greeting, hello time.Duration
}

func (g *greeter) Read(p []byte) (int, error) {
	if len(g.unread) == 0 {
		wait := g.hello
		if g.verb == "" {
			wait = g.greeting
		}
		if err := g.reply(wait); err != nil {
			return 0, err
		}
		g.unread = g.canonical()
	}
	n := copy(p, g.unread)
	g.unread = g.unread[n:]
	return n, nil
}

// canonical returns the last answer for go-smtp. The keywords of extensions are in capitals,
// because go-smtp finds no others.
func (g *greeter) canonical() []byte {
	lines := bytes.Split(g.text, []byte{'\n'})
	var out []byte
	for i, line := range lines {
		out = append(out, digits(g.code)...)
		if i < len(lines)-1 {
			out = append(out, '-')
		} else {
			out = append(out, ' ')
		}
		if i > 0 && (g.verb == "EHLO" || g.verb == "LHLO") {
			keyword, rest, found := bytes.Cut(line, []byte{' '})
			out = append(out, bytes.ToUpper(keyword)...)
			if found {
				out = append(append(out, ' '), rest...)
			}
		} else {
			out = append(out, line...)
		}
		out = append(out, "\r\n"...)
	}
	return out
}

// Write writes a command. It refuses HELO to an LMTP server: go-smtp falls back to that, and
// a server that accepts it is one of SMTP, which gives one answer for all recipients.
func (g *greeter) Write(p []byte) (int, error) {
	g.verb = string(p[:min(4, len(p))])
	if g.lmtp && g.verb == "HELO" {
		return 0, errNotLMTP
	}
	if err := g.write(p); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Close closes the connection.
func (g *greeter) Close() error { return g.raw.Close() }

// The deadlines are those of link.

func (g *greeter) SetDeadline(time.Time) error      { return nil }
func (g *greeter) SetReadDeadline(time.Time) error  { return nil }
func (g *greeter) SetWriteDeadline(time.Time) error { return nil }
