package deliver

import (
	"crypto/tls"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"switchboard/test/harness/smtpd"
)

// configured writes a configuration with the lines in its table [deliver], and returns the
// options that name it.
func (s *site) configured(lines string) []string {
	s.Helper()
	path := filepath.Join(s.root, "switchboard.toml")
	if err := os.WriteFile(path, []byte("[deliver]\n"+lines+"\n"), 0o600); err != nil {
		s.Fatal(err)
	}
	return []string{"--config", path}
}

// certificates are those that a server may have, and whether a client that knows the authority
// may trust them.
var certificates = []struct {
	name       string
	host       string
	begin, end time.Duration
	known      bool
	good       bool
}{
	{"good", "127.0.0.1", -time.Hour, time.Hour, true, true},
	{"expired", "127.0.0.1", -2 * time.Hour, -time.Hour, true, false},
	{"not valid yet", "127.0.0.1", time.Hour, 2 * time.Hour, true, false},
	{"of another host", "mx.example.org", -time.Hour, time.Hour, true, false},
	{"of an unknown authority", "127.0.0.1", -time.Hour, time.Hour, false, false},
}

// TestTLS has servers with good and bad certificates. Where TLS is required, nothing is sent
// unless the certificate is good; where it is wanted, mail is encrypted anyway.
func TestTLS(t *testing.T) {
	t.Parallel()
	for _, c := range certificates {
		for _, mode := range []string{"required", "wanted", "off", "smtps"} {
			t.Run(c.name+", "+mode, func(t *testing.T) {
				t.Parallel()
				config, ca := smtpd.Certificate(t, c.host, c.begin, c.end)
				s := newSite(t, smtpd.Options{TLS: config, Implicit: mode == "smtps"})
				s.put(body, three...)
				lines := ""
				if mode != "smtps" {
					lines = fmt.Sprintf("tls = %q\n", mode)
				}
				if c.known {
					lines += fmt.Sprintf("ca-file = %q\n", ca)
				}
				r := s.send(s.configured(lines)...)
				if !c.good && (mode == "required" || mode == "smtps") {
					s.same("got it", s.got(), nil)
					s.same("out", s.waiting("out", body), three)
					if r.Status != 75 && r.Status != 69 || !strings.Contains(r.Err, "certificate") {
						t.Errorf("status %d, %q", r.Status, r.Err)
					}
					if s.server.Steps("MAIL") > 0 {
						t.Error("the dialogue went on")
					}
					return
				}
				s.same("got it", s.got(), three)
				if r.Status != 0 {
					t.Errorf("status %d, %q", r.Status, r.Err)
				}
				for _, m := range s.server.Mails() {
					if m.TLS != (mode != "off") {
						t.Errorf("encrypted: %v", m.TLS)
					}
				}
				s.intact(body)
			})
		}
	}
}

// TestNoTLS has servers that cannot encrypt, or fail to.
func TestNoTLS(t *testing.T) {
	t.Parallel()
	broken := &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		return nil, fmt.Errorf("no certificate today")
	}}
	for _, c := range []struct {
		name, mode string
		smtpd.Options
		sent bool
	}{
		{"not offered, required", "required", smtpd.Options{}, false},
		{"not offered, wanted", "wanted", smtpd.Options{}, true},
		{"handshake fails, required", "required", smtpd.Options{TLS: broken}, false},
		{"handshake fails, wanted", "wanted", smtpd.Options{TLS: broken}, true},
		{"STARTTLS refused, required", "required", smtpd.Options{TLS: broken, Script: always("STARTTLS", says("454 4.7.0 not now"))}, false},
		{"STARTTLS refused, wanted", "wanted", smtpd.Options{TLS: broken, Script: always("STARTTLS", says("454 4.7.0 not now"))}, true},
		// What comes in the clear behind the answer to STARTTLS must not count (CVE-2011-0411).
		{"more behind the answer to STARTTLS", "required", smtpd.Options{TLS: broken, Script: always("STARTTLS",
			smtpd.Reply{Text: "220 go\r\n250-mx.test.example\r\n250 8BITMIME\r\n250 OK\r\n250 OK\r\n", Raw: true})}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, c.Options)
			s.put(body, three...)
			r := s.send(s.configured(fmt.Sprintf("tls = %q", c.mode))...)
			if c.sent {
				s.same("got it", s.got(), three)
				if r.Status != 0 {
					t.Errorf("status %d, %q", r.Status, r.Err)
				}
				return
			}
			s.same("got it", s.got(), nil)
			s.same("out", s.waiting("out", body), three)
			if r.Status != 75 && r.Status != 69 || r.Err == "" {
				t.Errorf("status %d, %q", r.Status, r.Err)
			}
			if s.server.Steps("MAIL") > 0 {
				t.Error("the dialogue went on")
			}
		})
	}
}

// TestAuth has servers that want a password. It goes only to a server that asks for it, and
// never in the clear over a network; here that is loopback.
func TestAuth(t *testing.T) {
	t.Parallel()
	config, ca := smtpd.Certificate(t, "127.0.0.1", -time.Hour, time.Hour)
	for _, c := range []struct {
		name, user, password string
		smtpd.Options
		status int
	}{
		{"right", "list", "s3cret", smtpd.Options{User: "list", Password: "s3cret"}, 0},
		{"right, with TLS", "list", "s3cret", smtpd.Options{User: "list", Password: "s3cret", TLS: config}, 0},
		{"with spaces and more", "list", `a b "c" ü\`, smtpd.Options{User: "list", Password: `a b "c" ü\`}, 0},
		{"wrong password", "list", "guess", smtpd.Options{User: "list", Password: "s3cret"}, -1},
		{"none given", "", "", smtpd.Options{User: "list", Password: "s3cret"}, -1},
		{"not for now", "list", "s3cret", smtpd.Options{User: "list", Password: "s3cret", Script: always("AUTH", says("454 4.7.0 later"))}, 75},
		{"nobody asks", "list", "s3cret", smtpd.Options{}, -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, c.Options)
			s.put(body, three...)
			mode := map[bool]string{true: "off", false: "required"}[c.TLS == nil]
			lines := fmt.Sprintf("ca-file = %q\ntls = %q\n", ca, mode)
			if c.user != "" {
				path := filepath.Join(s.root, "password")
				if err := os.WriteFile(path, []byte(c.password+"\n"), 0o600); err != nil {
					t.Fatal(err)
				}
				lines += fmt.Sprintf("user = %q\npassword-file = %q\n", c.user, path)
			}
			r := s.send(s.configured(lines)...)
			if strings.Contains(r.Err+r.Out, c.password) && c.password != "" {
				t.Errorf("the password is printed: %q", r.Err)
			}
			if c.status != 0 {
				s.same("got it", s.got(), nil)
				s.same("out", s.waiting("out", body), three)
				if t.Failed() {
					t.Logf("%+v", r)
				}
				if r.Status != 75 && r.Status != 69 || c.status > 0 && r.Status != c.status || r.Err == "" {
					t.Errorf("status %d, %q", r.Status, r.Err)
				}
				return
			}
			s.same("got it", s.got(), three)
			if r.Status != 0 {
				t.Errorf("status %d, %q", r.Status, r.Err)
			}
			for _, m := range s.server.Mails() {
				if m.User != c.user {
					t.Errorf("sent by %q", m.User)
				}
			}
			s.intact(body)
		})
	}
}
