package interop

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"switchboard/test/harness"
	"switchboard/test/harness/smtpd"
)

// domain is that of the list test, which mm2list.py creates.
const domain = "lists.example.com"

// addition is what a Mailman changes in a message while sending it, in a way that the test
// expects of this entry. It gets what we send.
type addition func(mail *sentMail)

// sentMail is a message as one recipient got it. Its fields are unfolded.
type sentMail struct {
	from, to string
	fields   []string
	body     string
}

// sent returns what a server took: a message for each recipient, sorted.
func sent(s *smtpd.Server) (all []sentMail) {
	for _, m := range s.Mails() {
		header, body, _ := strings.Cut(m.Text(), "\n\n")
		fields := unfold(header)
		for _, to := range m.To {
			all = append(all, sentMail{m.From, to, slices.Clone(fields), body})
		}
	}
	slices.SortFunc(all, func(a, b sentMail) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to), cmp.Compare(a.messageID(), b.messageID()), slices.Compare(a.fields, b.fields), cmp.Compare(a.body, b.body))
	})
	return all
}

// unfold returns the fields of a header, each in one line.
func unfold(header string) (fields []string) {
	for line := range strings.SplitSeq(header, "\n") {
		if n := len(fields); n > 0 && (strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t")) {
			fields[n-1] += line
		} else {
			fields = append(fields, line)
		}
	}
	return fields
}

// blanks are what Python puts in place of one another where it folds.
var blanks = regexp.MustCompile(`[ \t]+`)

// loose returns fields that differ only in what folding changes as equal ones.
func loose(fields []string) string {
	return blanks.ReplaceAllString(strings.Join(fields, "\n"), " ")
}

func (m sentMail) messageID() string {
	i := slices.IndexFunc(m.fields, func(f string) bool { return named(f, "Message-ID") })
	if i < 0 {
		return ""
	}
	return m.fields[i]
}

func named(field, name string) bool {
	n, _, _ := strings.Cut(field, ":")
	return strings.EqualFold(n, name)
}

// drop removes the fields of a name.
func (m *sentMail) drop(name string) {
	m.fields = slices.DeleteFunc(m.fields, func(f string) bool { return named(f, name) })
}

// byMailman2 sets the two fields that Mailman 2.1 sets on every message.
func byMailman2(m *sentMail) {
	m.drop("Errors-To")
	m.drop("Sender")
	m.fields = append(m.fields, "Errors-To: "+m.from, `Sender: "Test" <`+m.from+">")
}

// byMailman3 does what Python's smtplib and generator do to every message of Mailman 3. They
// fold fields of embedded parts, too.
func byMailman3(m *sentMail) {
	m.drop("Bcc")
	m.drop("Resent-Bcc")
	m.body = fold.ReplaceAllString(fromLine.ReplaceAllString(m.body, ">From "), " ")
}

var (
	fromLine = regexp.MustCompile(`(?m)^From `)
	fold     = regexp.MustCompile(`\n[ \t]`)
)

// outbox copies what is ready in the queue "out" to a queue of its own.
func (m *mailman) outbox() string {
	m.Helper()
	dir := filepath.Join(tempDir(m.T), "out")
	if err := os.Mkdir(dir, 0o770); err != nil {
		m.Fatal(err)
	}
	ready, err := filepath.Glob(m.queue("out") + "/*.pck")
	if err != nil || len(ready) == 0 {
		m.Fatalf("nothing is ready: %v", err)
	}
	for _, path := range ready {
		data, err := os.ReadFile(path)
		if err == nil {
			err = harness.WriteFile(filepath.Join(dir, filepath.Base(path)), data)
		}
		if err != nil {
			m.Fatal(err)
		}
	}
	return dir
}

// send lets the real outgoing runner send what is ready in "out".
func (m *mailman) send(s *smtpd.Server, args object) {
	m.Helper()
	op := "send" // by the list's own runner
	full := object{"port": port(m.T, s)}
	if m.format == "mailman3" {
		op, full["queue"] = "outgoing", "out"
	}
	maps.Copy(full, args)
	m.call(op, full)
}

func port(t *testing.T, s *smtpd.Server) int {
	var n int
	if _, err := fmt.Sscanf(s.Addr, "127.0.0.1:%d", &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// deliver lets our command send what is ready in a queue.
func (m *mailman) deliver(s *smtpd.Server, queue string) harness.Result {
	m.Helper()
	return m.ours(nil, "qdeliver", "--server", s.URL, "--domain", domain, queue)
}

// comparison says what differs between what the two send.
type comparison struct {
	// args are for the real runner.
	args object
	// additions are what it adds to each message.
	additions []addition
	// twice is how many of its messages repeat one to the same recipient.
	twice int
	// long is how many messages have a line that is too long for SMTP: a word that cannot be
	// folded. Mailman sends it, too.
	long int
	// made says that each makes up the boundaries of the message's parts.
	made bool
}

// compare sends what is ready in "out" with the real runner, and a copy of it with our
// command. Both must send the same messages, but for what the comparison says. It returns
// ours.
func (m *mailman) compare(c comparison) []sentMail {
	m.Helper()
	texts, copied := m.texts("out"), m.outbox()
	theirs, ours := smtpd.Start(m.T, smtpd.Options{}), smtpd.Start(m.T, smtpd.Options{})
	m.send(theirs, c.args)
	if r := m.deliver(ours, copied); r.Status != 0 || r.Err != "" {
		m.Fatalf("qdeliver: status %d: %s", r.Status, r.Err)
	}
	m.sameMail(sent(ours), sent(theirs), c)
	for _, complaint := range ours.Complaints() {
		if c.long--; c.long < 0 || !strings.Contains(complaint, "line of more than 998 bytes") {
			m.Errorf("our command: %s", complaint)
		}
	}
	if !c.made {
		m.unchanged(texts, sent(ours))
	}
	m.holds("out")
	m.holds("shunt")
	if left, _ := filepath.Glob(copied + "/*+*"); len(left) > 0 {
		m.Errorf("our command left %q", left)
	}
	return sent(ours)
}

// sameMail checks that we sent what they sent.
func (m *mailman) sameMail(ours, theirs []sentMail, c comparison) {
	m.Helper()
	change := byMailman2
	if m.format == "mailman3" {
		change = byMailman3
		for i := range theirs {
			theirs[i].body = fold.ReplaceAllString(theirs[i].body, " ")
		}
	}
	ours = slices.Clone(ours)
	for i := range ours {
		for _, add := range append(slices.Clone(c.additions), change) {
			add(&ours[i])
		}
	}
	if c.made {
		for _, mails := range [][]sentMail{ours, theirs} {
			for i := range mails {
				mails[i].fields = strings.Split(boundary.ReplaceAllString(strings.Join(mails[i].fields, "\n"), "B"), "\n")
				mails[i].body = boundary.ReplaceAllString(mails[i].body, "B")
			}
		}
	}
	n := len(theirs)
	theirs = slices.CompactFunc(theirs, func(a, b sentMail) bool {
		return a.from == b.from && a.to == b.to && slices.Equal(a.fields, b.fields) && a.body == b.body
	})
	if n -= len(theirs); n != c.twice {
		m.Errorf("Mailman repeated %d messages, not %d", n, c.twice)
	}
	if got, want := envelopes(ours), envelopes(theirs); !slices.Equal(got, want) {
		m.Fatalf("%d deliveries:\n%.2000q, not %d:\n%.2000q", len(got), got, len(want), want)
	}
	for i := range ours {
		want, got := theirs[i], ours[i]
		what := got.from + " to " + got.to
		if loose(got.fields) != loose(want.fields) {
			m.Errorf("%s: fields:\n%s\nnot\n%s", what, strings.Join(got.fields, "\n"), strings.Join(want.fields, "\n"))
		}
		if differ(m.T, what, []byte(got.body), []byte(want.body)); m.Failed() {
			return
		}
	}
}

// boundary is one that Python makes up.
var boundary = regexp.MustCompile(`={15}\d+==`)

// envelopes returns who got a message from whom.
func envelopes(all []sentMail) (out []string) {
	for _, mail := range all {
		out = append(out, mail.from+" to "+mail.to)
	}
	return out
}

// texts returns the messages that are ready in a queue.
func (m *mailman) texts(queue string) (texts [][]byte) {
	m.Helper()
	for _, base := range m.files(object{"queue": queue}) {
		text, _ := m.get(m.path(queue, base, ".pck"))
		texts = append(texts, text)
	}
	return texts
}

// unchanged checks that our command sent the messages of its entries, and only folded them.
// Line ends are those of SMTP, and the last line has one. From Mailman 3, Bcc is not sent.
func (m *mailman) unchanged(texts [][]byte, ours []sentMail) {
	m.Helper()
	want := map[string]bool{}
	for _, text := range texts {
		text := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(text))
		if !strings.HasSuffix(text, "\n") {
			text += "\n"
		}
		if strings.HasPrefix(text, "From ") {
			_, text, _ = strings.Cut(text, "\n")
		}
		header, body, _ := strings.Cut(text, "\n\n")
		mail := sentMail{fields: unfold(header), body: body}
		if m.format == "mailman3" {
			mail.drop("Bcc")
			mail.drop("Resent-Bcc")
		}
		want[mail.text()] = true
	}
	for _, mail := range ours {
		if !want[mail.text()] {
			m.Fatalf("%q is not the message of an entry", mail.text())
		}
	}
}

func (m sentMail) text() string { return strings.Join(m.fields, "\n") + "\n\n" + m.body }
