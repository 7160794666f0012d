package client

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// authority is who signs the certificates of the tests.
var authority = sync.OnceValues(func() (*x509.Certificate, *ecdsa.PrivateKey) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return cert, key
})

// certificate returns a certificate for a name.
func certificate(name string) tls.Certificate {
	signer, key := authority()
	template := &x509.Certificate{SerialNumber: big.NewInt(2), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{name}}
	der, err := x509.CreateCertificate(rand.Reader, template, signer, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// far is a connection whose other end seems to be on another machine.
type far struct{ net.Conn }

func (far) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 25} }

// farServer returns the server that plays the script, as if it were on another machine that
// is called mx.example.
func (s *script) farServer(scheme string, mode TLS) *Server {
	server := s.server(scheme)
	server.TLS, server.Name, server.Roots = mode, "mx.example", x509.NewCertPool()
	cert, _ := authority()
	server.Roots.AddCert(cert)
	server.dial = func(ctx context.Context) (net.Conn, error) {
		var d net.Dialer
		conn, err := d.DialContext(ctx, "tcp", server.Address)
		if err != nil {
			return nil, err
		}
		return far{conn}, nil
	}
	return server
}

// Parts of scripts: a server that offers STARTTLS, and what follows once it has begun.
const (
	offering = "S: 220 mx\nC: EHLO me.example\nS: 250-mx\nS: 250-AUTH PLAIN LOGIN\nS: 250 STARTTLS\n"
	begun    = "C: EHLO me.example\nS: 250-mx\nS: 250-AUTH PLAIN LOGIN\nS: 250 PIPELINING\n"
)

// plain is AUTH PLAIN's answer for the user list with the password hunter2.
var plain = base64.StdEncoding.EncodeToString([]byte("\x00list\x00hunter2"))

func TestTLS(t *testing.T) {
	t.Parallel()
	starttls := "C: STARTTLS\nS: 220 go\n"
	auth := "C: AUTH PLAIN " + plain + "\nS: 235 2.7.0 welcome\n"
	for _, test := range []struct {
		name, scheme, script string
		mode                 TLS
		user                 string
		kind                 Kind
		want                 string
	}{
		{"required", "smtp", offering + starttls + "tls: mx.example\n" + begun, TLSRequired, "", 0, ""},
		{"required, with a password", "smtp", offering + starttls + "tls: mx.example\n" + begun + auth, TLSRequired, "list", 0, ""},
		{"required, another's certificate", "smtp", offering + starttls + "tls: other.example\n" + begun, TLSRequired, "", TLSFailed, "certificate is valid for other.example, not mx.example"},
		{"required, not offered", "smtp", "S: 220 mx\nC: EHLO me.example\nS: 250 mx", TLSRequired, "", TLSFailed, "does not offer TLS"},
		{"required, refused", "smtp", offering + "C: STARTTLS\nS: 454 4.7.0 not now", TLSRequired, "", TLSFailed, "454 4.7.0 not now"},
		{"required, no handshake", "smtp", offering + starttls + "junk", TLSRequired, "", TLSFailed, "tls: first record does not look like a TLS handshake"},
		{"required, answers put in before", "smtp", offering + "C: STARTTLS\n" + `R: 220 go\r\n250-mx\r\n250 AUTH PLAIN\r\n`, TLSRequired, "", TLSFailed, "sent answers before TLS"},
		{"wanted", "smtp", offering + starttls + "tls: mx.example\n" + begun, TLSWanted, "", 0, ""},
		{"wanted, with a password", "smtp", offering + starttls + "tls: mx.example\n" + begun + auth, TLSWanted, "list", 0, ""},
		{"wanted, not offered", "smtp", single, TLSWanted, "", 0, ""},
		{"wanted, not offered, with a password", "smtp", "S: 220 mx\nC: EHLO me.example\nS: 250-mx\nS: 250 AUTH PLAIN", TLSWanted, "list", AuthFailed, "the password was not sent, because TLS does not protect"},
		{"wanted, another's certificate", "smtp", offering + starttls + "tls: other.example\n" + begun, TLSWanted, "", 0, ""},
		{"wanted, another's certificate, with a password", "smtp", offering + starttls + "tls: other.example\n" + begun, TLSWanted, "list", AuthFailed, "the password was not sent: x509: certificate is valid for other.example"},
		{"wanted, refused", "smtp", offering + "C: STARTTLS\nS: 454 4.7.0 not now", TLSWanted, "", 0, ""},
		{"wanted, no handshake", "smtp", offering + starttls + "junk\nnext\n" + offering, TLSWanted, "", 0, ""},
		{"wanted, no handshake, with a password", "smtp", offering + starttls + "junk\nnext\n" + offering, TLSWanted, "list", AuthFailed, "the password was not sent"},
		{"off", "smtp", offering, TLSOff, "", 0, ""},
		{"off, with a password", "smtp", offering, TLSOff, "list", AuthFailed, "the password was not sent"},
		{"smtps", "smtps", "tls: mx.example\nS: 220 mx\n" + begun, TLSRequired, "", 0, ""},
		{"smtps, with a password", "smtps", "tls: mx.example\nS: 220 mx\n" + begun + auth, TLSRequired, "list", 0, ""},
		{"smtps, another's certificate", "smtps", "tls: other.example", TLSRequired, "", TLSFailed, "certificate is valid for other.example, not mx.example"},
		{"smtps, wanted, another's certificate", "smtps", "tls: other.example\nS: 220 mx\n" + begun, TLSWanted, "", 0, ""},
		{"smtps without TLS", "smtps", "cut", TLSOff, "", TLSFailed, "smtps:// needs it"},
		{"LMTP", "lmtp", strings.ReplaceAll(offering+starttls+"tls: mx.example\n"+begun, "EHLO", "LHLO"), TLSRequired, "", 0, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			script := newScript(t, strings.TrimSuffix(test.script, "\n"))
			server := script.farServer(test.scheme, test.mode)
			server.User, server.Password = test.user, "hunter2"
			session, err := server.Dial(deadline(t))
			if kindOf(err) != test.kind || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v of kind %d, want %q of kind %d", err, kindOf(err), test.want, test.kind)
			}
			if err == nil {
				session.Close()
			}
			script.wait()
		})
	}
}

func TestAuth(t *testing.T) {
	t.Parallel()
	base64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	offers := func(what string) string { return "S: 220 mx\nC: EHLO me.example\nS: 250-mx\nS: 250 " + what + "\n" }
	for _, test := range []struct {
		name, script string
		kind         Kind
		want         string
	}{
		{"PLAIN", offers("AUTH LOGIN PLAIN") + "C: AUTH PLAIN " + plain + "\nS: 235 welcome", 0, ""},
		{"LOGIN", offers("AUTH LOGIN") + "C: AUTH LOGIN " + base64("list") + "\nS: 334 " + base64("Password:") + "\nC: " + base64("hunter2") + "\nS: 235 welcome", 0, ""},
		{"none offered", offers("PIPELINING"), AuthFailed, "the server does not offer AUTH PLAIN or LOGIN"},
		{"others offered", offers("AUTH GSSAPI CRAM-MD5"), AuthFailed, "the server does not offer AUTH PLAIN or LOGIN"},
		{"refused", offers("AUTH PLAIN") + "C: AUTH PLAIN " + plain + "\nS: 535 5.7.8 wrong\nC: *\nS: 500 what?", AuthFailed, "535 5.7.8 wrong"},
		{"refused for now", offers("AUTH PLAIN") + "C: AUTH PLAIN " + plain + "\nS: 454 4.7.0 later\nC: *\nS: 500 what?", AuthFailed, "454 4.7.0 later"},
		{"the answer has the password", offers("AUTH PLAIN") + "C: AUTH PLAIN " + plain + "\nS: 535 bad password hunter2\nC: *\nS: 500 what?", AuthFailed, "535 (the answer repeats the password)"},
		{"the answer has the command", offers("AUTH PLAIN") + "C: AUTH PLAIN " + plain + "\nS: 535 no: AUTH PLAIN " + plain + "\nC: *\nS: 500 what?", AuthFailed, "535 (the answer repeats the password)"},
		{"nonsense with the password", offers("AUTH PLAIN") + "C: AUTH PLAIN " + plain + "\nS: what is hunter2?", Lost, "(the answer repeats the password)"},
		{"cut", offers("AUTH PLAIN") + "C: AUTH PLAIN " + plain + "\ncut", Lost, "the server closed the connection"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			script := newScript(t, test.script)
			server := script.server("smtp")
			server.User, server.Password = "list", "hunter2"
			session, err := server.Dial(deadline(t))
			if kindOf(err) != test.kind || err != nil && err.Error() != server.String()+": "+test.want {
				t.Errorf("%v of kind %d, want %q of kind %d", err, kindOf(err), test.want, test.kind)
			}
			if err == nil {
				session.Close()
			}
			script.wait()
		})
	}
}

// TestPlainPassword checks that a password goes unprotected to another machine if that was
// allowed.
func TestPlainPassword(t *testing.T) {
	t.Parallel()
	script := newScript(t, offering+"C: AUTH PLAIN "+plain+"\nS: 235 welcome")
	server := script.farServer("smtp", TLSOff)
	server.User, server.Password, server.PlainPassword = "list", "hunter2", true
	session, err := server.Dial(deadline(t))
	if err != nil {
		t.Fatal(err)
	}
	session.Close()
	script.wait()
}
