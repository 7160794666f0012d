package client

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// peer is a server of go-smtp, which knows nothing of our client. It takes mail from the user
// list with the password hunter2.
type peer struct {
	mu sync.Mutex
	// mails has each mail: the envelope and the text, one part per line.
	mails []string
}

func (p *peer) NewSession(*smtp.Conn) (smtp.Session, error) { return &peerSession{peer: p}, nil }

type peerSession struct {
	*peer
	user     string
	envelope []string
}

func (s *peerSession) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *peerSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if s.user = user; user != "list" || password != "hunter2" {
			return smtp.ErrAuthFailed
		}
		return nil
	}), nil
}

func (s *peerSession) Mail(from string, options *smtp.MailOptions) error {
	s.envelope = []string{s.user, "<" + from + ">", string(options.Body)}
	return nil
}

func (s *peerSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	if strings.HasPrefix(to, "no@") {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no"}
	}
	s.envelope = append(s.envelope, to)
	return nil
}

func (s *peerSession) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mails = append(s.mails, strings.Join(append(s.envelope, string(text)), "\n"))
	return nil
}

func (s *peerSession) LMTPData(r io.Reader, status smtp.StatusCollector) error {
	if err := s.Data(r); err != nil {
		return err
	}
	for _, to := range s.envelope[3:] {
		var err error
		if strings.HasPrefix(to, "full@") {
			err = errors.New("full")
		}
		status.SetStatus(to, err)
	}
	return nil
}

func (s *peerSession) Reset()        {}
func (s *peerSession) Logout() error { return nil }

// TestPeer sends mails to go-smtp's server over TLS, with a password.
func TestPeer(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"smtp", "smtps", "lmtp"} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			p := &peer{}
			listener := listen(t)
			server := smtp.NewServer(p)
			server.Domain, server.LMTP, server.MaxMessageBytes = "mx.example", scheme == "lmtp", 1<<20
			server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate("mx.example")}}
			var accept net.Listener = listener
			if scheme == "smtps" {
				accept = tls.NewListener(listener, server.TLSConfig)
			}
			go server.Serve(accept)
			defer server.Close()

			script := &script{t: t, listener: listener}
			us := script.farServer(scheme, TLSRequired)
			us.User, us.Password = "list", "hunter2"
			session, err := us.Dial(deadline(t))
			if err != nil {
				t.Fatal(err)
			}
			if !session.link.pipelining || session.link.maxSize != 1<<20 {
				t.Errorf("%+v", session.link.features)
			}
			text := "Subject: x\r\n\r\n.\r\n..\r\n\x00.a\r\n"
			var want []string
			for i := range 3 {
				m := textMail(text, "a@x", "no@x", "b@x", "full@x")
				m.EightBit = i == 1
				answers, err := session.Send(deadline(t), m)
				if err != nil {
					t.Fatal(err)
				}
				full := !server.LMTP
				if !answers[0].Taken() || !answers[1].Permanent() || !answers[2].Taken() || answers[3].Taken() != full {
					t.Errorf("mail %d: %s", i, verdicts(answers))
				}
				body := ""
				if m.EightBit {
					body = "8BITMIME"
				}
				want = append(want, strings.Join([]string{"list", "<list-bounces@example.com>", body, "a@x", "b@x", "full@x", text}, "\n"))
			}
			if err := session.Close(); err != nil {
				t.Error(err)
			}
			p.mu.Lock()
			defer p.mu.Unlock()
			if !slices.Equal(p.mails, want) {
				t.Errorf("the server has\n%q, want\n%q", p.mails, want)
			}
		})
	}
}
