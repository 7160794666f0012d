package deliver

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"switchboard/pkg/message"
	"switchboard/test/harness"
	"switchboard/test/harness/smtpd"
)

// strange are addresses that a client must send as they are, or refuse. sent are those that a
// server can be asked about.
var strange = []struct {
	address string
	sent    bool
}{
	{"-oops@example.org", true},
	{"--server@example.org", true},
	{"a;b@example.org", true},
	{"a,b@example.org", true},
	{"a%b@example.org", true},
	{"%s%n@example.org", true},
	{"$(id)@example.org", true},
	{"`id`@example.org", true},
	{`"a b"@example.org`, true},
	{`"a\"b"@example.org`, true},
	{"a@[127.0.0.1]", true},
	{"postmaster", true},
	// Some servers look for the first ">", quoted or not.
	{`"a>b"@example.org`, false},
	{"a b@example.org", false},
	{" a@example.org", false},
	{"a@example.org ", false},
	{"a@example.org> SIZE=1 RET=FULL <b@example.org", false},
	{"a@example.org>\r\nRCPT TO:<evil@example.org", false},
	{"a@example.org\r\nRCPT TO:<evil@example.org>", false},
	{"a@example.org\nRCPT TO:<evil@example.org>", false},
	{"a@example.org\rDATA", false},
	{"\"a\r\nRSET\"@example.org", false},
	{"\"a\nb\"@example.org", false},
	{"a\x00b@example.org", false},
	{"a\x7fb@example.org", false},
	{"a\tb@example.org", false},
	{"<a@example.org>", false},
	{"Anne <a@example.org>", false},
	{"", false},
	{" ", false},
	{"\"unbalanced@example.org", false},
	{strings.Repeat("a", 5000) + "@example.org", false},
}

// TestAddresses has recipients with everything that may stand in an address, or be smuggled into
// one. Each is sent literally, or refused without being sent; no one else gets mail.
func TestAddresses(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"SMTP", "LMTP", "without pipelining"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			opts := smtpd.Options{LMTP: kind == "LMTP"}
			if kind == "without pipelining" {
				opts.Omit = []string{"PIPELINING"}
			}
			s := newSite(t, opts)
			sent, refused := []string{"anne@example.org", "zoe@example.org"}, []string(nil)
			all := sent[:1:1]
			for _, a := range strange {
				all = append(all, a.address)
				if a.sent {
					sent = append(sent, a.address)
				} else {
					refused = append(refused, a.address)
				}
			}
			s.put(body, append(all, "zoe@example.org")...)
			r := s.send()
			s.same("got it", s.got(), sent)
			s.same("shunt", s.waiting("shunt", body), refused)
			s.same("out", s.waiting("out", body), nil)
			s.same("retry", s.waiting("retry", body), nil)
			if r.Status != 69 {
				t.Errorf("status %d", r.Status)
			}
			s.intact(body)
			s.printable(r)
		})
	}
}

// printable checks that nothing can disturb a terminal, and that no line is broken.
func (s *site) printable(r harness.Result) {
	s.Helper()
	for i, c := range []byte(r.Out + r.Err) {
		if c < ' ' && c != '\n' && c != '\t' || c == 0x7f {
			s.Fatalf("a control character at %d: %q", i, r.Out+r.Err)
		}
	}
	s.quiet(r)
}

// TestSenders has envelope senders of the same kind. Nothing is sent for a bad one.
func TestSenders(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		sender string
		sent   bool
	}{
		{"", true},
		{"bounces%x@example.org", true},
		{"-f@example.org", true},
		{`"a b"@example.org`, true},
		{"a@example.org>\r\nRCPT TO:<evil@example.org", false},
		{"a@example.org> BODY=8BITMIME", false},
		{"a@example.org\nDATA", false},
		{"a\x00@example.org", false},
		{"a b@example.org", false},
		{"Anne <anne@example.org>", false},
	} {
		for _, d := range []message.Dialect{message.Mailman2, message.Mailman3} {
			t.Run(fmt.Sprintf("%v %q", d, c.sender), func(t *testing.T) {
				t.Parallel()
				s := newSite(t, smtpd.Options{})
				to, from := "recips", "envsender"
				if d == message.Mailman3 {
					to, from = "recipients", "sender"
				}
				s.putWith(d, body, message.Item{Key: to, Value: list(three)}, message.Item{Key: from, Value: c.sender})
				r := s.send()
				s.printable(r)
				if !c.sent {
					s.same("got it", s.got(), nil)
					s.same("bad or shunt", append(s.refused("shunt"), s.refused("bad")...), three)
					return
				}
				s.same("got it", s.got(), three)
				for _, m := range s.server.Mails() {
					if m.From != c.sender {
						t.Errorf("from %q", m.From)
					}
				}
				s.intact(body)
			})
		}
	}
}

// TestMetadata has metadata of the wrong types. Nobody gets mail who is not named as a recipient,
// the entry is still there, and the next one is sent.
func TestMetadata(t *testing.T) {
	t.Parallel()
	good := list(three)
	for _, c := range []struct {
		name  string
		items []message.Item
		// sent says that it may be sent all the same.
		sent bool
	}{
		{"recipients are a string", []message.Item{{Key: "recips", Value: "anne@example.org"}}, false},
		{"recipients are a number", []message.Item{{Key: "recips", Value: 5}}, false},
		{"recipients are a dictionary", []message.Item{{Key: "recips", Value: map[string]any{"anne@example.org": 1}}}, false},
		{"one recipient is a number", []message.Item{{Key: "recips", Value: []any{"anne@example.org", 5}}}, false},
		{"one recipient is None", []message.Item{{Key: "recips", Value: []any{"anne@example.org", nil}}}, false},
		{"one recipient is a list", []message.Item{{Key: "recips", Value: []any{"anne@example.org", []any{"bart@example.org"}}}}, false},
		{"the sender is a number", []message.Item{{Key: "recips", Value: good}, {Key: "envsender", Value: 5}}, false},
		{"the sender is a list", []message.Item{{Key: "recips", Value: good}, {Key: "envsender", Value: []any{"a@example.org"}}}, false},
		{"undelivered is a string", []message.Item{{Key: "recips", Value: good}, {Key: "undelivered", Value: "anne@example.org"}}, false},
		{"undelivered is a number", []message.Item{{Key: "recips", Value: good}, {Key: "undelivered", Value: 7}}, false},
		{"deliver_until is a list", []message.Item{{Key: "recips", Value: good}, {Key: "deliver_until", Value: []any{1}}}, false},
		{"deliver_after is a string", []message.Item{{Key: "recips", Value: good}, {Key: "deliver_after", Value: "soon"}}, false},
		{"last_recip_count is a string", []message.Item{{Key: "recips", Value: good}, {Key: "last_recip_count", Value: "3"}}, false},
		{"verp is a string", []message.Item{{Key: "recips", Value: good}, {Key: "verp", Value: "no"}}, true},
		{"a record that was not ours: a string", []message.Item{{Key: "recips", Value: good}, {Key: "_switchboard_done", Value: "x"}}, true},
		{"a record that was not ours: too many", []message.Item{{Key: "recips", Value: good}, {Key: "_switchboard_done", Value: 99}}, true},
		{"a record that was not ours: less than none", []message.Item{{Key: "recips", Value: good}, {Key: "_switchboard_done", Value: -5}}, true},
		{"no recipients", []message.Item{{Key: "recips", Value: []any{}}}, true},
		{"no key for recipients", nil, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, smtpd.Options{})
			base := s.putWith(message.Mailman2, body, c.items...)
			s.put(body, "zoe@example.org")
			r := s.send()
			s.printable(r)
			got := s.got()
			if !slices.Contains(got, "zoe@example.org") {
				t.Error("the next entry was not sent")
			}
			here := false
			for _, name := range []string{"out", "shunt", "bad", "retry"} {
				for _, e := range s.holds(name) {
					here = here || strings.Contains(e.path, base)
					if string(e.Text) != body {
						t.Errorf("%s has the text %q", e.path, e.Text)
					}
				}
			}
			if len(got) > 1 != !here && len(c.items) > 0 && !strings.HasPrefix(c.name, "no ") {
				t.Errorf("%q got mail, and the entry is there: %v", got, here)
			}
			if !c.sent && (len(got) > 1 || !here || r.Status == 0) {
				t.Errorf("%q got mail, the entry is there: %v, status %d", got, here, r.Status)
			}
			if err := once(got); err != nil {
				t.Error(err)
			}
			if t.Failed() {
				t.Logf("%+v", r)
			}
		})
	}
}

// TestSmuggling has bodies that some servers take for the end of a message and the next commands.
// Exactly one message arrives, and its content is literal, but for the ends of lines.
func TestSmuggling(t *testing.T) {
	t.Parallel()
	const second = "MAIL FROM:<evil@example.org>\r\nRCPT TO:<victim@example.org>\r\nDATA\r\nFrom: x\r\n\r\nforged\r\n.\r\n"
	ends := []string{"\n.\n", "\r\n.\n", "\n.\r\n", "\r.\r", "\r\n.\r\n", "\r.\n", "\n.\r", "\r\n.\r", "\r.\r\n", "\n\n.\n", "\n..\n", "\n.\x00\n"}
	for _, end := range ends {
		for _, d := range []message.Dialect{message.Mailman2, message.Mailman3} {
			t.Run(fmt.Sprintf("%v %q", d, end), func(t *testing.T) {
				t.Parallel()
				s := newSite(t, smtpd.Options{Lenient: []string{"\n.\n", "\r\n.\n", "\n.\r\n", "\r.\r", "\r.\n", "\r.\r\n"}})
				text := "Subject: x\n\nfirst" + end + second + "last\n"
				key := map[message.Dialect]string{message.Mailman2: "recips", message.Mailman3: "recipients"}[d]
				s.putWith(d, text, message.Item{Key: key, Value: list(three)})
				r := s.send()
				mails := s.server.Mails()
				if len(mails) != 1 {
					t.Fatalf("%d messages arrived: %+v, %+v", len(mails), mails, r)
				}
				s.same("got it", s.got(), three)
				if c := s.server.Complaints(); c != nil {
					t.Errorf("the server complains: %q", c)
				}
				// Whatever a bare CR becomes, all other bytes are there, in their order.
				plain := strings.NewReplacer("\r", "", "\n", "")
				if got, want := plain.Replace(mails[0].Text()), plain.Replace(text); got != want {
					t.Errorf("arrived %q, want %q", got, want)
				}
				if !strings.Contains(text, "\r") {
					s.intact(text)
				}
			})
		}
	}
}

// TestEndless has servers that send lines without end, or answers of endless lines, at each
// stage. It ends, in little memory, and nothing is lost.
func TestEndless(t *testing.T) {
	t.Parallel()
	for _, verb := range []string{"CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "DOT"} {
		for name, text := range map[string]string{"line": strings.Repeat("250 endless ", 6000), "lines": strings.Repeat("250-endless\r\n", 6000)} {
			t.Run(verb+" "+name, func(t *testing.T) {
				t.Parallel()
				s := newSite(t, smtpd.Options{Script: always(verb, smtpd.Reply{Text: text, Raw: true, Endless: true})})
				s.put(body, three...)
				cmd := harness.Command(t, "qdeliver", "--server", s.url, "--domain", domain, s.dir("out"))
				r, err := harness.Wait(cmd, cmd.Start)
				if err != nil {
					t.Fatal(err)
				}
				s.same("still waiting", slices.Concat(s.waiting("out", body), s.waiting("retry", body)), three)
				s.same("got it, or so the server says", s.got(), func() []string {
					if verb == "DOT" {
						return s.got() // it counts before it answers
					}
					return nil
				}())
				if r.Status != 75 && r.Status != 69 {
					t.Errorf("status %d, %.300s", r.Status, r.Err)
				}
				if len(r.Err) > 5000 {
					t.Errorf("%d bytes are printed", len(r.Err))
				}
				// A child's figure starts with its parent's.
				var own syscall.Rusage
				if err := syscall.Getrusage(syscall.RUSAGE_SELF, &own); err != nil {
					t.Fatal(err)
				}
				if kib := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss; kib > max(40<<10, own.Maxrss) && os.Getenv("GOFLAGS") != "-race" {
					t.Errorf("%d KiB", kib)
				}
			})
		}
	}
}
