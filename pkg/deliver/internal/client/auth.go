package client

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// auth sends user and password, unless others could read them.
func (s *Session) auth(ctx context.Context, l *link, client *smtp.Client) error {
	if !l.trusted && !s.server.PlainPassword && !local(l.raw) {
		err := errors.New("the password was not sent, because TLS does not protect the connection")
		if l.untrusted != nil {
			err = fmt.Errorf("the password was not sent: %w", l.untrusted)
		}
		return s.fail(ctx, AuthFailed, err)
	}
	user, password := s.server.User, s.server.Password
	var mechanism sasl.Client
	switch {
	case client.SupportsAuth(sasl.Plain):
		mechanism = sasl.NewPlainClient("", user, password)
	case client.SupportsAuth(sasl.Login):
		mechanism = sasl.NewLoginClient(user, password)
	default:
		return s.fail(ctx, AuthFailed, errors.New("the server does not offer AUTH PLAIN or LOGIN"))
	}
	err := client.Auth(mechanism)
	if err == nil {
		return nil
	}
	var answer *smtp.SMTPError
	if !errors.As(err, &answer) {
		if errors.Is(err, sasl.ErrUnexpectedServerChallenge) {
			return s.fail(ctx, AuthFailed, err)
		}
		return s.fail(ctx, Lost, errors.New(conceal(err.Error(), user, password)))
	}
	a := smtpAnswer(answer)
	a.Text = conceal(a.Text, user, password)
	return &Error{Kind: AuthFailed, Server: s.server.String(), Answer: a}
}

// local reports whether the other end of a connection is on this machine.
func local(conn net.Conn) bool {
	switch address := conn.RemoteAddr().(type) {
	case *net.TCPAddr:
		return address.IP.IsLoopback()
	case *net.UnixAddr:
		return true
	default:
		return false
	}
}

// conceal returns a server's text, unless it repeats what we sent.
func conceal(text, user, password string) string {
	base64 := base64.StdEncoding.EncodeToString
	for _, secret := range []string{password, base64([]byte(password)), base64([]byte("\x00" + user + "\x00" + password))} {
		if secret != "" && strings.Contains(text, strings.TrimRight(secret, "=")) {
			return "(the answer repeats the password)"
		}
	}
	return text
}

// smtpAnswer returns the answer in an error of go-smtp.
func smtpAnswer(err *smtp.SMTPError) Answer {
	text := err.Message
	if e := err.EnhancedCode; e != (smtp.EnhancedCode{}) {
		text = fmt.Sprintf("%d.%d.%d %s", e[0], e[1], e[2], text)
	}
	return newAnswer(StageNone, err.Code, []byte(text))
}
