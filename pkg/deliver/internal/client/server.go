package client

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Server is a server that takes mail, and how to talk to it.
type Server struct {
	// Network is "tcp" or "unix". Address is what net.Dial wants.
	Network, Address string
	// LMTP means that the server answers for each recipient (RFC 2033).
	LMTP bool
	// TLS says whether STARTTLS is used. With Implicit, TLS begins before the greeting, and
	// TLSOff is an error.
	TLS      TLS
	Implicit bool
	// Name is the name that the server's certificate must have.
	Name string
	// Roots are the certificates that may sign the server's; the system's if nil.
	Roots *x509.CertPool
	// User and Password are for AUTH, which is required if User is not empty.
	User, Password string
	// PlainPassword lets the password go over a connection that TLS does not protect. Without
	// it that happens only if the server is on this machine.
	PlainPassword bool
	// Hello is our name. If it is empty, it is this machine's name, or its address if the
	// name has no domain.
	Hello string
	// Timeouts are those of RFC 5321 where they are 0.
	Timeouts Timeouts

	// dial replaces the network in tests.
	dial func(ctx context.Context) (net.Conn, error)
}

// Timeouts say how long each step may take. Writing has its own.
type Timeouts struct {
	Connect, Greeting, Hello, Mail, Rcpt, Data time.Duration
	// Block is for each write of at most 32 KiB, End for each answer after the final dot.
	Block, End time.Duration
	// Linger is for the answer to the text after the context was done. A context that cut
	// the connection there would make a second copy likely.
	Linger time.Duration
	// Quit is for the answer to QUIT, which does not matter.
	Quit time.Duration
}

// defaults are the timeouts of RFC 5321, section 4.5.3.2. It has none for the first
// and the last two.
var defaults = Timeouts{
	Connect: 30 * time.Second, Greeting: 5 * time.Minute, Hello: 5 * time.Minute, Mail: 5 * time.Minute, Rcpt: 5 * time.Minute,
	Data: 2 * time.Minute, Block: 3 * time.Minute, End: 10 * time.Minute, Linger: 5 * time.Second, Quit: 5 * time.Second,
}

// or returns t with the defaults where it is 0.
func (t Timeouts) or(d Timeouts) Timeouts {
	set := func(value *time.Duration, otherwise time.Duration) {
		if *value == 0 {
			*value = otherwise
		}
	}
	set(&t.Connect, d.Connect)
	set(&t.Greeting, d.Greeting)
	set(&t.Hello, d.Hello)
	set(&t.Mail, d.Mail)
	set(&t.Rcpt, d.Rcpt)
	set(&t.Data, d.Data)
	set(&t.Block, d.Block)
	set(&t.End, d.End)
	set(&t.Linger, d.Linger)
	set(&t.Quit, d.Quit)
	return t
}

// TLS says whether connections are encrypted.
type TLS int

// What TLS may be.
const (
	TLSOff TLS = iota
	// TLSWanted encrypts if the server offers it, and does not insist on a valid
	// certificate. If TLS cannot be agreed on, mail goes unencrypted. A password does not,
	// and it does not go to a server without a valid certificate either.
	TLSWanted
	// TLSRequired sends nothing but over TLS to a server with a valid certificate.
	TLSRequired
)

// ParseTLS returns what "off", "wanted" and "required" mean.
func ParseTLS(word string) (TLS, error) {
	switch word {
	case "off":
		return TLSOff, nil
	case "wanted":
		return TLSWanted, nil
	case "required":
		return TLSRequired, nil
	default:
		return TLSOff, errors.New("TLS must be off, wanted or required")
	}
}

var errURL = errors.New("a server is smtp://HOST, smtps://HOST, lmtp://HOST (each with [USER@] before and [:PORT] after HOST) or lmtp+unix:/PATH")

// ParseServer returns the server with a URL: smtp://[user@]host[:port], smtps://…, lmtp://…
// or lmtp+unix:/path. TLS is required for smtps, off for a server on this machine, and
// wanted for others. An error does not repeat the URL, in which somebody may have put a
// password.
func ParseServer(text string) (*Server, error) {
	if strings.ContainsFunc(text, unicode.IsControl) {
		return nil, errURL
	}
	if path, ok := strings.CutPrefix(text, "lmtp+unix:"); ok {
		path = strings.TrimPrefix(path, "//")
		if !strings.HasPrefix(path, "/") {
			return nil, errURL
		}
		return &Server{Network: "unix", Address: path, LMTP: true, Name: "localhost"}, nil
	}
	scheme, rest, _ := strings.Cut(text, "://")
	s := &Server{Network: "tcp"}
	port := "25"
	switch scheme {
	case "smtp":
	case "smtps":
		port, s.Implicit = "465", true
	case "lmtp":
		port, s.LMTP = "24", true
	default:
		return nil, errURL
	}
	rest = strings.TrimSuffix(rest, "/")
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		user, err := url.PathUnescape(rest[:i])
		if err != nil || strings.Contains(rest[:i], ":") {
			return nil, errors.New("a server's URL may have a user, but not a password")
		}
		s.User, rest = user, rest[i+1:]
	}
	host, port, ok := hostPort(rest, port)
	if !ok {
		return nil, errURL
	}
	s.Name, s.Address = host, net.JoinHostPort(host, port)
	ip, err := netip.ParseAddr(host)
	switch {
	case s.Implicit:
		s.TLS = TLSRequired
	case strings.EqualFold(host, "localhost"), err == nil && ip.Unmap().IsLoopback():
		s.TLS = TLSOff
	default:
		s.TLS = TLSWanted
	}
	return s, nil
}

// hostPort splits HOST[:PORT], where an IPv6 address is in brackets.
func hostPort(text, otherwise string) (host, port string, ok bool) {
	if inside, ok := strings.CutPrefix(text, "["); ok {
		address, after, closed := strings.Cut(inside, "]")
		ip, err := netip.ParseAddr(strings.Replace(address, "%25", "%", 1))
		if err != nil || !ip.Is6() || !closed {
			return "", "", false
		}
		host, text = ip.String(), after
	} else {
		host, _, _ = strings.Cut(text, ":")
		text = text[len(host):]
	}
	if host == "" || strings.ContainsAny(host, " /?#%\\") && !strings.Contains(host, ":") {
		return "", "", false
	}
	if text == "" {
		return host, otherwise, true
	}
	n, err := strconv.ParseUint(strings.TrimPrefix(text, ":"), 10, 16)
	if err != nil || n == 0 || text[0] != ':' {
		return "", "", false
	}
	return host, strconv.FormatUint(n, 10), true
}

// String returns the server's URL without user.
func (s *Server) String() string {
	switch {
	case s.Network == "unix":
		return "lmtp+unix:" + s.Address
	case s.LMTP:
		return "lmtp://" + s.Address
	case s.Implicit:
		return "smtps://" + s.Address
	default:
		return "smtp://" + s.Address
	}
}
