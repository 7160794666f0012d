package client

import (
	"strings"
	"testing"
)

func TestParseServer(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ url, want string }{
		{"smtp://localhost:25", "tcp localhost:25 as localhost, TLS 0"},
		{"smtp://mx.example", "tcp mx.example:25 as mx.example, TLS 1"},
		{"smtp://mx.example/", "tcp mx.example:25 as mx.example, TLS 1"},
		{"smtp://list@mx.example:587", "tcp mx.example:587 as mx.example, TLS 1, user list"},
		{"smtp://list%40example.com@mx.example", "tcp mx.example:25 as mx.example, TLS 1, user list@example.com"},
		{"smtps://mx.example", "tcp mx.example:465 as mx.example, TLS 2, implicit"},
		{"smtps://localhost", "tcp localhost:465 as localhost, TLS 2, implicit"},
		{"smtp://127.0.0.2", "tcp 127.0.0.2:25 as 127.0.0.2, TLS 0"},
		{"smtp://[::1]", "tcp [::1]:25 as ::1, TLS 0"},
		{"smtp://[2001:DB8::1]:2525", "tcp [2001:db8::1]:2525 as 2001:db8::1, TLS 1"},
		{"smtp://[fe80::1%25eth0]:25", "tcp [fe80::1%eth0]:25 as fe80::1%eth0, TLS 1"},
		{"lmtp://mx.example", "tcp mx.example:24 as mx.example, TLS 1, LMTP"},
		{"lmtp+unix:/run/dovecot/lmtp", "unix /run/dovecot/lmtp as localhost, TLS 0, LMTP"},
		{"lmtp+unix:///run/dovecot/lmtp", "unix /run/dovecot/lmtp as localhost, TLS 0, LMTP"},
		{"lmtp+unix:/run/a b%20c", "unix /run/a b%20c as localhost, TLS 0, LMTP"},
		{"lmtp+unix:run/lmtp", ""},
		{"lmtp+unix:", ""},
		{"smtp+unix:/run/smtp", ""},
		{"smtp:mx.example", ""},
		{"mx.example", ""},
		{"", ""},
		{"smtp://", ""},
		{"smtp://:25", ""},
		{"smtp://list:hunter2@mx.example", ""},
		{"smtp://list:hun/ter2@mx.example", ""},
		{"smtp://list:hunter2%@mx.example", ""},
		{"smtp://mx.example:", ""},
		{"smtp://mx.example:0", ""},
		{"smtp://mx.example:65536", ""},
		{"smtp://mx.example:+25", ""},
		{"smtp://mx.example:smtp", ""},
		{"smtp://mx.example:25:25", ""},
		{"smtp://::1", ""},
		{"smtp://[::1", ""},
		{"smtp://[::1]25", ""},
		{"smtp://[mx.example]", ""},
		{"smtp://mx.example/x", ""},
		{"smtp://mx.example?x", ""},
		{"smtp://mx.exa\nmple", ""},
		{"SMTP://mx.example", ""},
	} {
		s, err := ParseServer(test.url)
		if err != nil {
			if test.want != "" {
				t.Errorf("%s: %v", test.url, err)
			}
			if strings.Contains(err.Error(), "hun") {
				t.Errorf("%s: the error repeats the password: %v", test.url, err)
			}
			continue
		}
		got := s.Network + " " + s.Address + " as " + s.Name + ", TLS " + string(rune('0'+s.TLS))
		if s.Implicit {
			got += ", implicit"
		}
		if s.LMTP {
			got += ", LMTP"
		}
		if s.User != "" {
			got += ", user " + s.User
		}
		if got != test.want {
			t.Errorf("%s: %s, want %q", test.url, got, test.want)
		}
		again, err := ParseServer(strings.Replace(s.String(), "%eth", "%25eth", 1))
		if err != nil || again.Address != s.Address || again.LMTP != s.LMTP || again.Implicit != s.Implicit {
			t.Errorf("%s: String gives %s: %v", test.url, s, err)
		}
	}
}

func TestParseTLS(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]TLS{"off": TLSOff, "wanted": TLSWanted, "required": TLSRequired} {
		if got, err := ParseTLS(word); got != want || err != nil {
			t.Errorf("%s: %v, %v", word, got, err)
		}
	}
	if _, err := ParseTLS("on"); err == nil {
		t.Error("on was taken")
	}
}
