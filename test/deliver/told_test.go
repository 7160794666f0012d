package deliver

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"switchboard/pkg/message"
	"switchboard/test/harness"
	"switchboard/test/harness/smtpd"
)

// TestTold checks what a person is told of an entry that became two: where both are, and
// totals that count both.
func TestTold(t *testing.T) {
	t.Parallel()
	for _, option := range []string{"-v", "--json"} {
		s := newSite(t, smtpd.Options{})
		s.put(body, "a@x.example", "450.b@x.example", "550.c@x.example")
		r := s.send(option)
		s.same("retry", s.waiting("retry", body), []string{"450.b@x.example"})
		s.same("shunt", s.waiting("shunt", body), []string{"550.c@x.example"})
		retry, shunt := s.holds("retry")[0].path, s.holds("shunt")[0].path
		want := []string{"moved to " + retry + "; those who were refused: stored in " + shunt + "\n"}
		if option == "-v" {
			want = append(want, "recipients: 1 taken, 1 put off, 1 refused; entries: 0 finished, 1 put off, 0 requeued, 1 shunted, 0 restored, 0 preserved\n")
		} else {
			want = append(want, `"refused_to":"`+shunt+`"`, `"to":"`+retry+`"`)
		}
		for _, w := range want {
			if !strings.Contains(r.Out+r.Err, w) {
				t.Errorf("%s: no %q in\n%s%s", option, w, r.Out, r.Err)
			}
		}
	}
}

// TestToldOnce checks that a list whose domain is not known is named once, however many of
// its entries wait.
func TestToldOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t, smtpd.Options{})
	var first []string
	for _, list := range []string{"staff", "board"} {
		for i := range 3 {
			base := s.putWith(message.Mailman2, body, message.Item{Key: "recips", Value: []any{"a@x.example"}}, message.Item{Key: "listname", Value: list})
			if i == 0 {
				first = append(first, fmt.Sprintf("qdeliver: %s.pck: list %s: the domain of its list is not known\n", filepath.Join(s.dir("out"), base), list))
			}
		}
	}
	r := harness.Run(s, nil, "qdeliver", "--dry-run", s.dir("out"))
	hint := "qdeliver: hint: name it with --domain, or as domain in the table [deliver] of switchboard.toml(5)\n"
	if want := first[0] + hint + first[1]; r.Err != want || r.Out != "" || r.Status != 78 {
		t.Errorf("status %d, out %q, err\n%s\nwant\n%s", r.Status, r.Out, r.Err, want)
	}
}

// TestNoPasswordFile checks that a person is told which setting names a file that is missing.
func TestNoPasswordFile(t *testing.T) {
	t.Parallel()
	s := newSite(t, smtpd.Options{})
	conf, missing := filepath.Join(s.root, "conf.toml"), filepath.Join(s.root, "nosuch")
	text := fmt.Sprintf("[deliver]\nserver = %q\nuser = \"lists\"\npassword-file = %q\n", s.url, missing)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r := harness.Run(s, nil, "qdeliver", "--config", conf, s.dir("out"))
	if want := "qdeliver: deliver.password-file: " + missing + ": no such file or directory\n"; r.Err != want || r.Status != 78 {
		t.Errorf("status %d, %s", r.Status, r.Err)
	}
}

// TestLimits has what servers refuse if a client does not care: more recipients than Postfix
// takes in a transaction, and a line longer than RFC 5321 allows.
func TestLimits(t *testing.T) {
	t.Parallel()
	s := newSite(t, smtpd.Options{MaxRecipients: 1000})
	var all []string
	for i := range 1500 {
		all = append(all, fmt.Sprintf("user%04d@x.example", i))
	}
	s.put("Cc: "+strings.Join(all, ", ")+"\n"+body, all...)
	if r := s.send(); r.Status != 0 || r.Err != "" {
		t.Errorf("status %d, %s", r.Status, r.Err)
	}
	s.same("got it", s.got(), all)
	for _, m := range s.server.Mails() {
		for line := range strings.Lines(string(m.Data)) {
			if len(line) > 80 {
				t.Fatalf("a line of %d bytes: %.100s", len(line), line)
			}
		}
	}
}
