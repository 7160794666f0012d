package docs

import (
	"slices"
	"strings"
	"testing"

	"switchboard/test/harness"
)

// outcome says what an example of the manual must have done in a sandbox.
type outcome struct {
	where string // the page
	part  string // a part of the script, which only this example of the page has
	check func(t *testing.T, s sandbox, r harness.Result)
}

var outcomes = []outcome{
	{"switchboard.7", "flock 9", func(t *testing.T, s sandbox, r harness.Result) {
		count(t, s, "in", ".pck", 0)
		count(t, s, "in", ".bak", 1) // a crash left it
		count(t, s, "bad", ".psv", 1)
	}},
	{"switchboard.7", "migrate-mailman2", func(t *testing.T, s sandbox, r harness.Result) {
		count(t, s, "oldqfiles/in", "+*", 0)
		count(t, s, "queue/in", ".pck", 4)
		moved := s.names(t, "queue/in", ".pck")
		got := harness.Run(t, nil, "qcat", append([]string{"-m"}, moved...)...)
		for member, want := range map[string]int{`"listid":"staff.example.com"`: 4, `"to_list":true`: 3, `"to_owner":true`: 1} {
			if n := strings.Count(got.Out, member); n != want {
				t.Errorf("%d have %s, not %d: %s", n, member, want, got.Out)
			}
		}
	}},
	{"qdeliver.1", "--dry-run", func(t *testing.T, s sandbox, r harness.Result) {
		count(t, s, "out", ".pck", 2)
		if len(s.server.Mails()) > 0 || strings.Count(r.Out, ".pck\tstaff-bounces@example.com\tanne@example.net\n") != 2 || strings.Count(r.Out, "\n") != 4 {
			t.Errorf("it prints %q, and the server has %d", r.Out, len(s.server.Mails()))
		}
	}},
	{"qdeliver.1", "/var/lib/mailman/qfiles/out", func(t *testing.T, s sandbox, r harness.Result) {
		count(t, s, "qfiles/out", "+*", 0)
		delivered(t, s, 2, "staff-bounces@lists.example.com")
	}},
	{"qdeliver.1", "--server", func(t *testing.T, s sandbox, r harness.Result) {
		count(t, s, "out", ".pck", 1)
		delivered(t, s, 1, "staff-bounces@example.com")
	}},
	{"qdeliver.1", "-w -j 4 out", func(t *testing.T, s sandbox, r harness.Result) {
		count(t, s, "out", "+*", 0)
		delivered(t, s, 2, "staff-bounces@lists.example.com")
	}},
	{"qrestore.1", "--state preserved bad", func(t *testing.T, s sandbox, r harness.Result) {
		count(t, s, "bad", ".psv", 0)
		count(t, s, "in3", ".pck", 1)
	}},
	{"qmove.1", "--to hold -a out", func(t *testing.T, s sandbox, r harness.Result) {
		count(t, s, "hold", ".pck", 3)
		count(t, s, "out", ".pck", 0)
	}},
	{"qdiscard.1", "--older-than", func(t *testing.T, s sandbox, r harness.Result) {
		count(t, s, "shunt", ".pck", 0)
		count(t, s, "in", ".pck", 2)
	}},
	{"qdiscard.1", "--dry-run", func(t *testing.T, s sandbox, r harness.Result) {
		count(t, s, "in", ".pck", 2)
		if strings.Count(r.Err, "would discard in/") != 2 || r.Out != "" {
			t.Errorf("it prints %q and says %q", r.Out, r.Err)
		}
	}},
	{"qcat.1", "--raw", func(t *testing.T, s sandbox, r harness.Result) {
		if !strings.Contains(r.Out, "STOP") {
			t.Errorf("it prints %q", r.Out)
		}
	}},
}

// delivered checks what the mail server has got, and from whom.
func delivered(t *testing.T, s sandbox, mails int, sender string) {
	t.Helper()
	all := s.server.Mails()
	for _, mail := range all {
		if mail.From != sender || !slices.Equal(mail.To, []string{"anne@example.net", "bart@example.net"}) || !strings.HasSuffix(mail.Text(), exampleMail) {
			t.Errorf("the server has mail from %s for %v:\n%s", mail.From, mail.To, mail.Text())
		}
	}
	if len(all) != mails {
		t.Errorf("the server has %d messages, want %d", len(all), mails)
	}
}

// TestOutcomes checks that each outcome is that of one example.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	examples := manExamples(t)
	for _, o := range outcomes {
		n := 0
		for _, e := range examples {
			if o.of(e) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%s has %d examples with %s", o.where, n, o.part)
		}
	}
}

// of reports whether the example has this outcome.
func (o outcome) of(e example) bool { return e.where == o.where && strings.Contains(e.script, o.part) }
