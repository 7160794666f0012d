package deliver

import (
	"crypto/x509"
	"errors"

	"switchboard/pkg/deliver/internal/client"
)

// Server is a mail server, and how to talk to it.
type Server = client.Server

// TLS says whether connections are encrypted.
type TLS = client.TLS

// ParseServer reads the URL of a server: smtp://HOST[:PORT], smtps://…, lmtp://… or
// lmtp+unix:/PATH, with USER@ before HOST if it wants a password.
func ParseServer(url string) (*Server, error) { return client.ParseServer(url) }

// ParseTLS reads "required", "wanted" or "off".
func ParseTLS(word string) (TLS, error) { return client.ParseTLS(word) }

// Roots reads certificates that may sign the server's.
func Roots(pem []byte) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, errors.New("has no certificate in PEM form")
	}
	return pool, nil
}
