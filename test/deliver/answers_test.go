package deliver

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"switchboard/test/harness"
	"switchboard/test/harness/smtpd"
)

// at returns a script that gives a reply the first times that a verb is answered.
func at(verb string, times int, reply smtpd.Reply) func(smtpd.Step) smtpd.Reply {
	left := make(chan struct{}, times)
	for range times {
		left <- struct{}{}
	}
	return func(step smtpd.Step) smtpd.Reply {
		if step.Verb == verb {
			select {
			case <-left:
				return reply
			default:
			}
		}
		return smtpd.Reply{}
	}
}

// always returns a script that gives a reply whenever a verb is answered.
func always(verb string, reply smtpd.Reply) func(smtpd.Step) smtpd.Reply {
	return func(step smtpd.Step) smtpd.Reply {
		if step.Verb == verb {
			return reply
		}
		return smtpd.Reply{}
	}
}

func says(text string) smtpd.Reply { return smtpd.Reply{Text: text} }

// cut closes the connection without an answer.
var cut = smtpd.Reply{Close: true}

// odd is a server that answers in an odd way, and what becomes of an entry.
type odd struct {
	name string
	smtpd.Options
	// to are the recipients; nil means three.
	to []string
	// text is the message, if it is not body.
	text string
	// args are more options of qdeliver.
	args []string
	// status is the exit status, -1 if several are right.
	status int
	// got are the recipients who get the message; nil with no wait and no refused means all.
	// wait are those in retry or still in out, refused those in shunt.
	got, wait, refused []string
	// out says that those who wait are in out, because the server does not answer.
	out bool
	// says is what the metadata of shunt and retry, or standard error, has to have.
	says string
}

var three = []string{"anne@example.org", "bart@example.org", "cate@example.org"}

// odds are the answers of servers, by stage.
var odds = []odd{
	{name: "takes all"},
	{name: "one is full", to: []string{"anne@example.org", "452.bart@example.org", "cate@example.org"},
		status: 75, got: []string{"anne@example.org", "cate@example.org"}, wait: []string{"452.bart@example.org"}},
	{name: "450 and 451", to: []string{"450.a@example.org", "451.b@example.org", "c@example.org"},
		status: 75, got: []string{"c@example.org"}, wait: []string{"450.a@example.org", "451.b@example.org"}},
	{name: "one is unknown", to: []string{"anne@example.org", "550.bart@example.org", "cate@example.org"},
		status: 69, got: []string{"anne@example.org", "cate@example.org"}, refused: []string{"550.bart@example.org"}},
	{name: "552 is for now", to: []string{"552.anne@example.org", "bart@example.org"},
		status: 75, got: []string{"bart@example.org"}, wait: []string{"552.anne@example.org"}},
	{name: "some of each", to: []string{"450.a@example.org", "550.b@example.org", "c@example.org", "553.d@example.org", "421@example.org", "e@example.org"},
		status: -1, got: []string{"c@example.org", "e@example.org", "421@example.org"}, wait: []string{"450.a@example.org"}, refused: []string{"550.b@example.org", "553.d@example.org"}},
	{name: "all are unknown", to: []string{"550.a@example.org", "550.b@example.org"}, status: 69, refused: []string{"550.a@example.org", "550.b@example.org"}},
	{name: "all are full", to: []string{"450.a@example.org", "450.b@example.org"}, status: 75, wait: []string{"450.a@example.org", "450.b@example.org"}},
	{name: "two at a time", Options: smtpd.Options{MaxRecipients: 2}, to: []string{"a@x.example", "b@x.example", "c@x.example", "d@x.example", "e@x.example"}},
	{name: "two at a time, unknown ones between", Options: smtpd.Options{MaxRecipients: 2},
		to:     []string{"a@x.example", "550.b@x.example", "c@x.example", "d@x.example", "450.e@x.example", "f@x.example"},
		status: -1, got: []string{"a@x.example", "c@x.example", "d@x.example", "f@x.example"}, wait: []string{"450.e@x.example"}, refused: []string{"550.b@x.example"}},
	{name: "one at a time", Options: smtpd.Options{MaxRecipients: 1}},
	{name: "sender put off", Options: smtpd.Options{Script: always("MAIL", says("450 4.7.1 later"))}, status: 75, wait: three, says: "later"},
	{name: "sender refused", Options: smtpd.Options{Script: always("MAIL", says("550 5.7.1 not you"))}, status: 69, refused: three, says: "not you"},
	{name: "DATA put off", Options: smtpd.Options{Script: always("DATA", says("451 4.3.0 later"))}, status: 75, wait: three, says: "later"},
	{name: "DATA refused", Options: smtpd.Options{Script: always("DATA", says("554 5.7.1 no"))}, status: 69, refused: three, says: "5.7.1 no"},
	{name: "message put off", Options: smtpd.Options{Script: always("DOT", says("452 4.3.1 disk full"))}, status: 75, wait: three, says: "disk full"},
	{name: "message refused", Options: smtpd.Options{Script: always("DOT", says("554 5.6.0 virus"))}, status: 69, refused: three, says: "virus"},
	{name: "misleading lines: taken", Options: smtpd.Options{Script: always("RCPT", says("250 550 5.1.1 no such user\n250 2.1.5 but then OK"))}},
	{name: "misleading lines: refused", Options: smtpd.Options{Script: always("RCPT", says("550 250 OK\n550 200\n550 5.1.1 250 taken"))}, status: 69, refused: three},
	{name: "misleading lines: message put off", Options: smtpd.Options{Script: always("DOT", says("450 250 2.0.0 OK\n450 accepted"))}, status: 75, wait: three},
	{name: "an answer without text", Options: smtpd.Options{Script: always("DOT", smtpd.Reply{Text: "250\r\n", Raw: true})}},
	{name: "lines with LF alone", Options: smtpd.Options{Script: always("RCPT", smtpd.Reply{Text: "250-a\n250 b\n", Raw: true})}},
	{name: "no pipelining", Options: smtpd.Options{Omit: []string{"PIPELINING"}}, to: []string{"a@x.example", "550.b@x.example"},
		status: 69, got: []string{"a@x.example"}, refused: []string{"550.b@x.example"}},
	{name: "HELO alone", Options: smtpd.Options{HELO: true}},
	{name: "DATA taken, nobody taken", Options: smtpd.Options{Script: always("DATA", says("354 go on"))}, to: []string{"550.a@x.example"},
		status: 69, refused: []string{"550.a@x.example"}},

	{name: "too big", Options: smtpd.Options{Size: 100}, text: body + strings.Repeat("a line\n", 100), status: 69, refused: three},
	{name: "8-bit", text: body + "na\xefve\n"},
	{name: "8-bit, without 8BITMIME", Options: smtpd.Options{Omit: []string{"8BITMIME"}}, text: body + "na\xefve\n", status: 69, refused: three, says: "8BITMIME"},
	{name: "UTF-8 address, without SMTPUTF8", Options: smtpd.Options{Omit: []string{"SMTPUTF8"}}, to: []string{"a@x.example", "ä@x.example"}, status: -1,
		refused: []string{"ä@x.example"}, got: []string{"a@x.example"}},

	{name: "LMTP", Options: smtpd.Options{LMTP: true}},
	{name: "LMTP, mixed", Options: smtpd.Options{LMTP: true, Script: func(step smtpd.Step) smtpd.Reply {
		if code, _, _ := strings.Cut(step.Address, "-"); step.Verb == "DOT" && len(code) == 3 {
			return says(code + " says the address")
		}
		return smtpd.Reply{}
	}}, to: []string{"a@x.example", "452-b@x.example", "550-c@x.example", "d@x.example", "450.e@x.example", "550.f@x.example"}, status: -1,
		got: []string{"a@x.example", "d@x.example"}, wait: []string{"452-b@x.example", "450.e@x.example"}, refused: []string{"550-c@x.example", "550.f@x.example"}},
	{name: "LMTP, 421 in the middle of its answers", Options: smtpd.Options{LMTP: true, Script: func(step smtpd.Step) smtpd.Reply {
		if step.Verb == "DOT" && step.Address == three[1] {
			return says("421 4.3.2 going down")
		}
		return smtpd.Reply{}
	}}, status: 75, got: three[:1], wait: three[1:]},
	{name: "LMTP, lost in the middle of its answers", Options: smtpd.Options{LMTP: true, Script: func(step smtpd.Step) smtpd.Reply {
		if step.Verb == "DOT" && step.Address == three[1] {
			return cut
		}
		return smtpd.Reply{}
	}}, status: 75, got: three[:1], wait: three[1:]},

	{name: "greeting put off", Options: smtpd.Options{Script: always("CONNECT", says("450 4.3.2 busy"))}, status: 75, wait: three, out: true, says: "busy"},
	{name: "greeting refused", Options: smtpd.Options{Script: always("CONNECT", says("554 5.3.2 no"))}, status: -1, wait: three, out: true, says: "5.3.2 no"},
	{name: "421 as greeting", Options: smtpd.Options{Script: always("CONNECT", says("421 4.3.2 down"))}, status: 75, wait: three, out: true, says: "down"},
	{name: "421 to EHLO", Options: smtpd.Options{Script: always("EHLO", says("421 4.3.2 down"))}, status: 75, wait: three, out: true, says: "down"},
	{name: "connection closed at once", Options: smtpd.Options{Script: always("CONNECT", cut)}, status: 75, wait: three, out: true},
	{name: "connection closed at EHLO", Options: smtpd.Options{Script: always("EHLO", cut)}, status: 75, wait: three, out: true},
	{name: "not a mail server", Options: smtpd.Options{Script: always("CONNECT", smtpd.Reply{Text: "SSH-2.0-OpenSSH_9.2\r\n", Raw: true})}, status: -1, wait: three, out: true},
}

// TestAnswers has servers that answer in odd ways. Each recipient has the fate that the server
// gave to them: those who wait are in retry, those refused are in shunt, and nobody gets the
// message twice or is forgotten.
func TestAnswers(t *testing.T) {
	t.Parallel()
	for _, o := range odds {
		t.Run(o.name, func(t *testing.T) {
			t.Parallel()
			o.check(t)
		})
	}
}

func (o odd) check(t *testing.T) {
	text, to := o.text, o.to
	if text == "" {
		text = body
	}
	if to == nil {
		to = three
	}
	if o.wait == nil && o.refused == nil && o.got == nil {
		o.got = to
	}
	s := newSite(t, o.Options)
	s.put(text, to...)
	r := s.send(o.args...)
	if o.status >= 0 && r.Status != o.status || o.status < 0 && r.Status != 69 && r.Status != 75 {
		t.Errorf("status %d, want %d", r.Status, o.status)
	}
	s.same("got it", s.got(), o.got)
	queue, other := "retry", "out"
	if o.out {
		queue, other = other, queue
	}
	s.same(queue, s.waiting(queue, text), o.wait)
	s.same(other, s.waiting(other, text), nil)
	s.same("shunt", s.waiting("shunt", text), o.refused)
	s.intact(text)
	s.quiet(r)
	var said strings.Builder
	said.WriteString(r.Err)
	for _, name := range []string{"retry", "shunt"} {
		for _, e := range s.holds(name) {
			said.WriteString(fmt.Sprint(e.Metadata))
			s.asMailman(name, e)
		}
	}
	if !strings.Contains(said.String(), o.says) {
		t.Errorf("neither the metadata nor standard error has %q:\n%s", o.says, said.String())
	}
	if t.Failed() {
		t.Logf("status %d\nstdout: %s\nstderr: %s\nsteps: %v", r.Status, r.Out, r.Err, s.server.Mails())
	}
}

// quiet checks that everything was said that has to be, in lines with the command's name, and
// that a success is silent.
func (s *site) quiet(r harness.Result) {
	s.Helper()
	if r.Out != "" {
		s.Errorf("standard output: %q", r.Out)
	}
	if r.Status == 0 && r.Err != "" {
		s.Errorf("success, and %q", r.Err)
	}
	for line := range strings.Lines(r.Err) {
		if !strings.HasPrefix(line, "qdeliver: ") {
			s.Errorf("a line without the command's name: %q", line)
		}
	}
	if r.Status != 0 && r.Err == "" {
		s.Errorf("status %d, and not a word", r.Status)
	}
}

// asMailman checks that an entry of retry or shunt has the metadata that Mailman's runners need,
// and nothing of a record that only an entry in flight may have.
func (s *site) asMailman(name string, e entry) {
	s.Helper()
	for key := range e.Metadata {
		if strings.HasPrefix(key, "_switchboard") && e.Metadata[key] != nil {
			s.Errorf("%s: %s is left: %v", name, key, e.Metadata[key])
		}
	}
	if e.Metadata["undelivered"] != nil {
		s.Errorf("%s: undelivered is %v", name, e.Metadata["undelivered"])
	}
	switch name {
	case "retry":
		if n, _ := e.Metadata["last_recip_count"].(float64); int(n) != len(e.recipients()) {
			s.Errorf("last_recip_count is %v of %d", e.Metadata["last_recip_count"], len(e.recipients()))
		}
		if e.Metadata["deliver_until"] == nil {
			s.Error("retry: there is no deliver_until")
		}
	case "shunt":
		if e.Origin != s.dir("out") && e.Origin != "out" { // Mailman 3 writes the name
			s.Errorf("whichq is %q", e.Origin)
		}
	}
}

// losses are servers that lose the connection, at each stage, and the first time only. took says
// that the message was taken, although the client cannot know: then it comes twice.
var losses = []struct {
	name, verb string
	reply      smtpd.Reply
	times      int
	took       bool
}{
	{"421 to MAIL", "MAIL", says("421 4.3.2 down"), 1, false},
	{"421 to RCPT", "RCPT", says("421 4.3.2 down"), 1, false},
	{"421 to DATA", "DATA", says("421 4.3.2 down"), 1, false},
	{"421 to the message", "DOT", says("421 4.3.2 down"), 1, false},
	{"lost at MAIL", "MAIL", cut, 1, false},
	{"lost at RCPT", "RCPT", cut, 1, false},
	{"lost at DATA", "DATA", cut, 1, false},
	{"lost after the message, which was not taken", "DOT", cut, 1, false},
	{"lost after the message, which was taken", "DOT", smtpd.Reply{Close: true, Took: true}, 1, true},
	{"half an answer, and lost, the message was taken", "DOT", smtpd.Reply{Text: "250-2.0.0 ta", Raw: true, Close: true, Took: true}, 1, true},
	{"half of a code", "DOT", smtpd.Reply{Text: "25", Raw: true, Close: true}, 1, false},
	{"nonsense to RCPT", "RCPT", smtpd.Reply{Text: "what?\r\n", Raw: true}, 1, false},
	// An LMTP server goes on with the others, which the client does not hear.
	{"nonsense to the message", "DOT", smtpd.Reply{Text: "ok then\r\n", Raw: true}, 1, true},
	{"a code of another kind to the message", "DOT", says("354 go on"), 1, true},
	{"a code of another kind to RCPT", "RCPT", says("199 hm"), 1, false},
}

// TestLost has servers that lose the connection once. After the next runs everybody got the
// message once, or, if the server had taken it and could not say so, twice.
func TestLost(t *testing.T) {
	t.Parallel()
	for _, l := range losses {
		for _, kind := range []string{"SMTP", "LMTP", "without pipelining"} {
			t.Run(l.name+", "+kind, func(t *testing.T) {
				t.Parallel()
				opts := smtpd.Options{LMTP: kind == "LMTP", Script: at(l.verb, l.times, l.reply)}
				if kind == "without pipelining" {
					opts.Omit = []string{"PIPELINING"}
				}
				s := newSite(t, opts)
				s.put(body, three...)
				s.put(body, "dora@example.org")
				first := s.send()
				s.quiet(first)
				here := slices.Concat(s.waiting("out", body), s.waiting("retry", body))
				if first.Status != 75 && !(first.Status == 0 && len(here) == 0) {
					t.Errorf("status %d, %q", first.Status, first.Err)
				}
				s.same("shunt", s.waiting("shunt", body), nil)
				for i := 0; i < 3 && len(here) > 0; i++ {
					s.again()
					here = slices.Concat(s.waiting("out", body), s.waiting("retry", body))
				}
				s.same("still waiting", here, nil)
				got := s.got()
				if l.took {
					if len(slices.Compact(slices.Clone(got))) != 4 || len(got) > 7 {
						t.Errorf("got it: %q", got)
					}
				} else {
					s.same("got it", got, append([]string{"dora@example.org"}, three...))
				}
				s.intact(body)
				if s.server.Steps(l.verb) == 0 {
					t.Error("the server had no chance to do it")
				}
				if t.Failed() {
					t.Logf("first: %+v", first)
				}
			})
		}
	}
}
