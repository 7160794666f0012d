package message

import (
	"bytes"
	"strings"
	"testing"

	"switchboard/test/golden"
)

func TestHeaderOfText(t *testing.T) {
	t.Parallel()
	const long = 70 << 10
	for _, c := range []struct{ name, text, header, subject string }{
		{"plain", "Subject: one\nTo: x\n\nSubject: body\n", "Subject: one\nTo: x\n", "one"},
		{"envelope", "From a@b Thu\nSubject: one\n\nx", "Subject: one\n", "one"},
		{"folded", "To: x\nsubject: one\n two\n\tthree\nX: y\n\n", "To: x\nsubject: one\n two\n\tthree\nX: y\n", "one two\tthree"},
		{"crlf", "SUBJECT:one\r\n two\r\n\r\nx\r\n", "SUBJECT:one\r\n two\r\n", "one two"},
		{"8-bit", "Subject: \xe9\xed\xb2\x80\n\n", "Subject: \xe9\xed\xb2\x80\n", "\xe9\xed\xb2\x80"},
		{"no body", "Subject: one", "Subject: one\n", "one"},
		{"no header", "just text\nSubject: body\n", "", ""},
		{"no field", "To: x\nnot a field\nSubject: body\n", "To: x\n", ""},
		{"blank first", "\nSubject: body\n", "", ""},
		{"fold first", " folded\nSubject: body\n", "", ""},
		{"first of two", "Subject: one\nSubject: two\n\n", "Subject: one\nSubject: two\n", "one"},
		{"empty field", "Subject:\nX: y\n\n", "Subject:\nX: y\n", ""},
		{"long line", "X: " + strings.Repeat("y", long) + "\nSubject: " + strings.Repeat("z", long) + "\n\n",
			"X: " + strings.Repeat("y", long) + "\nSubject: " + strings.Repeat("z", long) + "\n", strings.Repeat("z", headerLen)},
		{"many folds", "Subject: x\n" + strings.Repeat(" y\n", long) + "\nb", "Subject: x\n" + strings.Repeat(" y\n", long),
			("x" + strings.Repeat(" y", long))[:headerLen]},
	} {
		for _, d := range []Dialect{Mailman2, Mailman3} {
			t.Run(d.String()+" "+c.name, func(t *testing.T) {
				t.Parallel()
				content := mustRead(t, entry(t, d, []byte(c.text), []Item{{"version", 3}}))
				var header bytes.Buffer
				if err := content.WriteHeader(&header); err != nil || header.String() != c.header {
					t.Errorf("%v: header %.100q, want %.100q", err, header.String(), c.header)
				}
				subject, ok := content.field("Subject", headerLen)
				if subject != c.subject || ok != strings.Contains(strings.ToLower(c.header), "subject:") {
					t.Errorf("subject %.100q, %v", subject, ok)
				}
			})
		}
	}
}

func TestHeaderOfParsed(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, g := range golden.All(t) {
		if g.ParseMsg || g.Message == nil || !bytes.Contains(g.Message, []byte("Subject: ")) {
			continue
		}
		c := mustRead(t, g.Data)
		var header bytes.Buffer
		if err := c.WriteHeader(&header); err != nil {
			t.Fatalf("%s: %v", g.Name, err)
		}
		_, rest, found := bytes.Cut(append([]byte{'\n'}, header.Bytes()...), []byte("\nSubject: "))
		want, _, _ := bytes.Cut(rest, []byte{'\n'})
		got, ok := c.field("subject", headerLen)
		if ok != found || !strings.HasPrefix(got, strings.Trim(string(want), " \t\r")) && !bytes.ContainsAny(want, "\v\f") {
			t.Errorf("%s: subject %q, header %q", g.Name, got, header.Bytes())
		}
		seen++
	}
	if seen == 0 {
		t.Error("no message with a subject")
	}
}

// TestFieldAllocations checks that the fields that a listing shows take no memory but
// their own text.
func TestFieldAllocations(t *testing.T) {
	text := []byte("Received: from a\n\tby b\nFrom: Ann <a@example.com>\nSubject: one\n\nbody\n")
	for _, d := range []Dialect{Mailman2, Mailman3} {
		c := mustRead(t, entry(t, d, text, []Item{{"version", 3}}))
		if n := testing.AllocsPerRun(100, func() { c.Sender() }); n > 1 {
			t.Errorf("%s: Sender allocates %v times", d, n)
		}
		if n := testing.AllocsPerRun(100, func() { c.Decoded("Subject") }); n > 1 {
			t.Errorf("%s: Decoded allocates %v times", d, n)
		}
	}
}
