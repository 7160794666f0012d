package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"

	"github.com/emersion/go-smtp"
)

// offerTLS begins TLS if the server offers it. An error ends the connection.
func (s *Session) offerTLS(ctx context.Context, l *link, client *smtp.Client, mode TLS) (begun bool, err error) {
	if offered, _ := client.Extension("STARTTLS"); !offered {
		if mode == TLSRequired {
			return false, s.fail(ctx, TLSFailed, errors.New("the server does not offer TLS, which is required"))
		}
		return false, nil
	}
	if err := l.write([]byte("STARTTLS\r\n")); err != nil {
		return false, s.fail(ctx, Lost, err)
	}
	if err := l.reply(s.times.Hello); err != nil {
		return false, s.fail(ctx, Lost, err)
	}
	if l.code != 220 {
		a := l.answer(StageNone)
		if a.Code/100 == 2 || a.Code/100 == 3 || mode == TLSRequired || a.Code == 421 {
			return false, &Error{Kind: TLSFailed, Server: s.server.String(), Answer: a}
		}
		return false, nil
	}
	return true, s.startTLS(ctx, l, mode)
}

// startTLS puts TLS over the connection.
func (s *Session) startTLS(ctx context.Context, l *link, mode TLS) error {
	if l.r.Buffered() > 0 {
		// Somebody on the way has put in answers that must not count as the server's.
		return s.fail(ctx, TLSFailed, errors.New("the server sent answers before TLS that were not asked for"))
	}
	config := &tls.Config{ServerName: s.server.Name, RootCAs: s.server.Roots, MinVersion: tls.VersionTLS12}
	if mode == TLSWanted {
		config.InsecureSkipVerify = true
		config.VerifyConnection = func(state tls.ConnectionState) error {
			l.untrusted = verify(state, config)
			return nil
		}
	}
	limited, cancel := context.WithTimeout(ctx, s.times.Hello)
	defer cancel()
	conn := tls.Client(l.raw, config)
	if err := conn.HandshakeContext(limited); err != nil {
		return s.fail(ctx, TLSFailed, err)
	}
	l.conn, l.trusted = conn, l.untrusted == nil
	return nil
}

// verify checks a certificate as crypto/tls does.
func verify(state tls.ConnectionState, config *tls.Config) error {
	options := x509.VerifyOptions{Roots: config.RootCAs, DNSName: config.ServerName, Intermediates: x509.NewCertPool()}
	for _, cert := range state.PeerCertificates[1:] {
		options.Intermediates.AddCert(cert)
	}
	_, err := state.PeerCertificates[0].Verify(options)
	return err
}
