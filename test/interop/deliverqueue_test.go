package interop

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"switchboard/test/golden"
	"switchboard/test/harness"
	"switchboard/test/harness/smtpd"
)

// TestSendQueue sends what is in the queues "out" and "retry" as the real runners do. One
// Mailman is started for all of it, because that takes longer than all the rest.
func TestSendQueue(t *testing.T) {
	eachMailman(t, func(m *mailman) {
		if m.format == "mailman2" {
			m.call("create", object{"members": []any{}, "owners": []any{"owner@example.com"}})
		}
		for name, test := range map[string]func(*mailman){
			"golden": sendGolden, "bytes": sendBytes, "metadata": sendMetadata, "nobody": sendNobody, "added": sendAdded,
			"theirs": retryTheirs, "ours": retryOurs, "crash": sendAfterCrash,
		} {
			m.Run(name, func(t *testing.T) { test(m.with(t)) })
		}
	})
}

// sendGolden sends what real Mailmans once left in "out" and "retry".
func sendGolden(m *mailman) {
	prefix, n := strings.Replace(m.format, "mailman", "mm", 1)+"-run-", 0
	for _, g := range golden.All(m.T) {
		if !strings.HasPrefix(g.Name, prefix) || !strings.Contains(g.Name, "-out-") && !strings.Contains(g.Name, "-retry-") {
			continue
		}
		n++
		m.Run(g.Name, func(t *testing.T) {
			m := m.with(t)
			if err := os.MkdirAll(m.queue("out"), 0o770); err != nil {
				t.Fatal(err)
			}
			if err := harness.WriteFile(m.path("out", g.FileBase, ".pck"), g.Data); err != nil {
				t.Fatal(err)
			}
			if m.format == "mailman2" {
				// Of a list that is personalized, the entry says so.
				_, meta := m.get(m.path("out", g.FileBase, ".pck"))
				m.change(object{"personalize": number(meta["personalize"])}, nil)
			}
			m.compare(comparison{made: g.Nondeterministic})
		})
	}
	if m.Logf("%d entries", n); n == 0 && m.format == "mailman2" {
		m.Error("no entry")
	}
}

func number(v any) int {
	n := 0
	fmt.Sscan(fmt.Sprint(v), &n)
	return n
}

// toSend is the metadata of a message for so many, as this Mailman has it.
func (m *mailman) toSend(to ...any) object {
	to = append([]any{}, to...) // JSON's null is not a list
	if m.format == "mailman2" {
		return object{"recips": to, "listname": "test"}
	}
	return object{"recipients": object{"$set": to}, "listid": "test." + domain, "nodecorate": true}
}

// bounces is where the list's bounces go.
const bounces = "test-bounces@" + domain

var short = []byte("From: anne@example.com\nMessage-ID: <1@example.com>\nSubject: x\n\nbody\n")

// sendMetadata sends entries whose metadata says more than who gets them.
func sendMetadata(m *mailman) {
	sender, verped := "envsender", "test-bounces+anne.b=example.com@"+domain
	if m.format == "mailman3" {
		sender, verped = "sender", "test-bounces+Anne.B=Example.COM@"+domain
	}
	var many []any
	for i := range 1500 {
		many = append(many, fmt.Sprintf("user%d@example.%s", i, []string{"com", "net", "org", "de"}[i%4]))
	}
	for _, test := range []struct {
		name   string
		to     []any
		meta   object
		sender string
	}{
		{"bounces", []any{"a@example.com", "b@example.org"}, nil, bounces},
		{"sender", []any{"a@example.com"}, object{sender: "Joe%Home@gw.example"}, "Joe%Home@gw.example"},
		{"null sender", []any{"a@example.com"}, object{sender: ""}, ""},
		{"many", many, nil, bounces},
		{"many with VERP", many[:40], object{"verp": true}, "test-bounces+user39=example.de@" + domain},
		{"VERP in capitals", []any{"Anne.B@Example.COM"}, object{"verp": true}, verped},
		{"unqualified", []any{"root", "a@example.com"}, nil, bounces},
	} {
		m.Run(test.name, func(t *testing.T) {
			m := m.with(t)
			meta := m.toSend(test.to...)
			maps.Copy(meta, test.meta)
			m.enqueue("out", short, true, meta)
			ours := m.compare(comparison{})
			if !slices.ContainsFunc(ours, func(s sentMail) bool { return s.from == test.sender }) || len(ours) != len(test.to) {
				t.Errorf("%d messages, from %q", len(ours), ours[0].from)
			}
		})
	}
}

// sendBytes sends posts that Mailman has parsed, and such that it has not.
func sendBytes(m *mailman) {
	for name, text := range posts() {
		for _, kind := range []string{"parsed", "text"} {
			// The Message-ID tells them apart.
			text := strings.Replace(text, "<1@", "<"+name+"."+kind+"@", 1)
			m.enqueue("out", []byte(text), kind == "text", m.toSend("a@example.com"))
		}
	}
	if ours := m.compare(comparison{long: 2}); len(ours) != 2*len(posts()) {
		m.Errorf("%d messages", len(ours))
	}
}

// sendNobody finishes an entry without recipients, and leaves one for which it is too early,
// as Mailman does.
func sendNobody(m *mailman) {
	var later any = 4e9
	if m.format == "mailman3" {
		later = object{"$datetime": "2096-10-02T07:06:40.000000"}
	}
	m.enqueue("out", short, true, m.toSend())
	meta := m.toSend("a@example.com")
	meta["deliver_after"] = later
	m.enqueue("out", short, true, meta)
	copied := m.outbox()
	server := smtpd.Start(m.T, smtpd.Options{})
	m.send(server, nil)
	r := m.deliver(server, copied)
	theirs, ours := m.files(object{"queue": "out"}), m.done(nil, "qstat", "-e", copied)
	if len(theirs) != 1 || strings.Count(ours, "\n") != 1 || len(server.Mails()) > 0 || r.Status != 75 && r.Status != 0 {
		m.Errorf("Mailman left %q, our command %q with status %d: %s", theirs, ours, r.Status, r.Err)
	}
}

// sendAdded sends messages to which Mailman adds something only now. Our command cannot.
func sendAdded(m *mailman) {
	if m.format == "mailman2" {
		return // see TestSendPost
	}
	meta := m.toSend("a@example.com", "b@example.com")
	delete(meta, "nodecorate")
	m.enqueue("out", short, false, meta)
	m.compare(comparison{args: object{"footer": "The footer\n"}, additions: []addition{footer}})
	// The next try has the footer.
	m.enqueue("out", short, false, meta)
	m.send(smtpd.Start(m.T, smtpd.Options{Script: refuse("450 4.2.0 later")}), object{"footer": "The footer\n"})
	m.call("retry", nil)
	m.compare(comparison{args: object{"footer": "The footer\n"}})
	// VERP by an interval is decided while sending.
	m.enqueue("out", short, true, m.toSend("a@example.com"))
	m.compare(comparison{args: object{"settings": "verp_delivery_interval: 1\n"}, additions: []addition{func(s *sentMail) {
		s.from = "test-bounces+a=example.com@" + domain
	}}})
	meta = m.toSend("a@example.com", "b@example.com")
	m.enqueue("out", append([]byte("To: test@example.com\n"), short...), true, meta)
	m.compare(comparison{args: object{"personalize": "individual"}})
}

// refuse is a script that gives this answer to each recipient whose address contains one of
// these texts, or to all.
func refuse(answer string, whom ...string) func(smtpd.Step) smtpd.Reply {
	return func(s smtpd.Step) smtpd.Reply {
		if s.Verb == "RCPT" && (len(whom) == 0 || slices.ContainsFunc(whom, func(w string) bool { return strings.Contains(s.Address, w) })) {
			return smtpd.Reply{Text: answer}
		}
		return smtpd.Reply{}
	}
}
