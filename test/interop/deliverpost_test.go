package interop

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// startList starts a Mailman 2.1 with the list test. Its one owner is a moderator, too.
func startList(t *testing.T) *mailman {
	t.Helper()
	m := startMailman(t, "mailman2", nil)
	m.call("create", object{
		"members": []any{"anne@example.com", "Bart@Example.NET", "cris@example.org", "dora@example.com", "-e%f@example.org"},
		"owners":  []any{"owner@example.com", "boss@example.com"},
	})
	return m
}

// posts returns messages that exercise what happens to bytes on their way to a server.
func posts() map[string]string {
	head := "From: anne@example.com\nTo: test@lists.example.com\nMessage-ID: <1@example.com>\n"
	var cc []string
	for i := range 60 {
		cc = append(cc, fmt.Sprintf("\"Person %d\" <person%d@example.org>", i, i))
	}
	return map[string]string{
		"plain":     head + "Subject: hello\n\nThe body.\n",
		"dots":      head + "Subject: dots\n\n.\n..\n.a\n\n.\n",
		"noeol":     head + "Subject: x\n\nno newline at the end",
		"nobody":    head + "Subject: x\n\n",
		"blanks":    head + "Subject: x\n\n\n\nbody \n\n\n",
		"longcc":    head + "Subject: x\nX-Cc: " + strings.Join(cc, ", ") + "\n\nbody\n",
		"longword":  head + "Subject: x\nX-Word: " + strings.Repeat("word", 300) + "\n\nbody\n",
		"longtext":  head + "Subject: x\nX-Text: " + strings.Repeat("some words ", 90) + "end\n\nbody\n",
		"folded":    head + "Subject: one\n two\n\tthree\nX-Folded: a\n\tb\n   c\n\nbody\n",
		"8bit":      head + "Subject: x\nX-Raw: caf\xe9 \xff\n\ncaf\xe9 \xc3\xa9 \x80\n",
		"from":      head + "Subject: x\n\nFrom here on\n>From there\n",
		"crlf":      strings.ReplaceAll(head+"Subject: x\n\nline\n\n.\nline\n", "\n", "\r\n"),
		"barecr":    head + "Subject: x\n\none\rtwo\r\rthree\r\n.\r.\nend\r",
		"bcc":       head + "Subject: x\nBcc: secret@example.com\nResent-Bcc: hidden@example.com\n\nbody\n",
		"envelope":  "From anne@example.com Sat Nov 28 2026\n" + head + "Subject: x\n\nbody\n",
		"words":     head + "Subject: =?utf-8?q?caf=C3=A9?= " + strings.Repeat("=?utf-8?q?caf=C3=A9?= ", 20) + "end\n\nbody\n",
		"utf8":      head + "Subject: x\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\ncaf\u00e9\n",
		"multipart": head + "Subject: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=B\n\npreamble\n--B\nX-Long: " + strings.Repeat("word ", 60) + "end\n\none\n--B\nContent-Type: message/rfc822\n\nSubject: in\n\ntwo\n--B--\nepilogue\n",
		"errorsto":  head + "Subject: x\nErrors-To: evil@example.com\nSender: evil@example.com\n\nbody\n",
	}
}

// TestSendPost sends posts as the real Mailman 2.1 does, from its queue "in" on.
func TestSendPost(t *testing.T) {
	t.Parallel()
	m := startList(t)
	for name, text := range posts() {
		m.call("post", object{"msg": []byte(strings.Replace(text, "<1@", "<"+name+"@", 1))})
	}
	const members = 5
	if ours := m.compare(comparison{long: 1}); len(ours) != members*len(posts()) {
		t.Errorf("%d messages", len(ours))
	}
	plain := []byte(posts()["plain"])
	verped := func(want bool) func(*testing.T, []sentMail) {
		return func(t *testing.T, ours []sentMail) {
			if has := slices.ContainsFunc(ours, func(s sentMail) bool { return s.from == "test-bounces+bart=example.net@"+domain }); has != want || len(ours) != members {
				t.Errorf("%d recipients, VERP: %v", len(ours), has)
			}
		}
	}
	toEach := func(s *sentMail) {
		s.drop("To")
		s.fields = append(s.fields, "To: "+s.to)
	}
	for _, test := range []struct {
		name              string
		options, settings object
		msg               []byte
		owners            bool
		differs           comparison
		check             func(*testing.T, []sentMail)
	}{
		{name: "verp", settings: object{"VERP_DELIVERY_INTERVAL": 1}, check: verped(true)},
		{name: "personalized", options: object{"personalize": 1}, check: verped(false)},
		{name: "personalized with VERP", options: object{"personalize": 1}, settings: object{"VERP_PERSONALIZED_DELIVERIES": 1}, check: verped(true)},
		// Mailman makes the copies while sending.
		{name: "fully personalized", options: object{"personalize": 2}, differs: comparison{additions: []addition{toEach}}, check: verped(false)},
		{name: "footer", options: object{"msg_footer": "The footer\n"}, differs: comparison{additions: []addition{footer}}, check: verped(false)},
		{name: "to the owners", owners: true, differs: comparison{twice: 1}, check: func(t *testing.T, ours []sentMail) {
			if len(ours) != 2 || ours[0].from != "mailman-bounces@"+domain {
				t.Errorf("%v", ours)
			}
		}},
	} {
		m.Run(test.name, func(t *testing.T) {
			m := m.with(t)
			m.change(object{"personalize": 0, "msg_footer": ""}, object{"VERP_DELIVERY_INTERVAL": 0, "VERP_PERSONALIZED_DELIVERIES": 0})
			m.change(test.options, test.settings)
			m.call("post", object{"msg": plain, "owners": test.owners})
			test.check(t, m.compare(test.differs))
		})
	}
}

func (m *mailman) change(options, settings object) {
	m.Helper()
	m.call("change", object{"options": orEmpty(options), "settings": orEmpty(settings)})
}

func orEmpty(o object) object {
	if o == nil {
		return object{}
	}
	return o
}

// footer is what Mailman adds to a plain text.
func footer(s *sentMail) {
	s.body += "The footer\n"
	s.drop("Content-Type")
	s.drop("MIME-Version")
	s.drop("Content-Transfer-Encoding")
	s.fields = append(s.fields, "MIME-Version: 1.0", "Content-Type: text/plain; charset=\"us-ascii\"", "Content-Transfer-Encoding: 7bit")
}

// TestSendNotice sends what Mailman 2.1 writes itself: the welcome to a member, and the
// notice of it to the owners. From Mailman, an owner who is a moderator gets that twice.
func TestSendNotice(t *testing.T) {
	t.Parallel()
	m := startList(t)
	m.call("welcome", object{"address": "new@example.com"})
	if ours := m.compare(comparison{twice: 1}); len(ours) != 3 {
		t.Errorf("%q", envelopes(ours))
	}
}
