package deliver

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"switchboard/test/harness"
	"switchboard/test/harness/smtpd"
)

// every returns one in how many cuts is tried.
func every(t *testing.T) int {
	t.Helper()
	if harness.CI() {
		return harness.Every(t, 13)
	}
	return harness.Every(t, 53)
}

// mixed are recipients for three transactions with a server that takes two of them at a time.
var mixed = []string{"a@x.example", "550.b@x.example", "c@x.example", "d@x.example", "450.e@x.example", "f@x.example", "550.g@x.example", "h@x.example"}

// fates returns who of mixed is taken, put off and refused.
func fates() (taken, later, refused []string) {
	for _, to := range mixed {
		switch {
		case strings.HasPrefix(to, "450"):
			later = append(later, to)
		case strings.HasPrefix(to, "550"):
			refused = append(refused, to)
		default:
			taken = append(taken, to)
		}
	}
	return taken, later, refused
}

// TestCut puts a proxy in front of the server that cuts the connection after each byte of the
// answers, or of the commands and messages; by default, after one in fifty-three, and in CI in
// thirteen. Afterwards nobody is forgotten, and a recipient has at most one copy too many, all of them of one transaction.
func TestCut(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"SMTP", "LMTP", "without pipelining"} {
		for _, side := range []string{"answers", "commands"} {
			t.Run(kind+", "+side, func(t *testing.T) {
				t.Parallel()
				opts := smtpd.Options{LMTP: kind == "LMTP", MaxRecipients: 2}
				if kind == "without pipelining" {
					opts.Omit = []string{"PIPELINING"}
				}
				answers, commands := cutAt(t, opts, smtpd.Cut{})
				whole := answers
				if side == "commands" {
					whole = commands
				}
				if whole < 200 {
					t.Fatalf("only %d bytes went through", whole)
				}
				step := every(t)
				for n := 1 + int(whole)%step; n <= int(whole); n += step {
					where := smtpd.Cut{Answers: int64(n)}
					if side == "commands" {
						where = smtpd.Cut{Commands: int64(n)}
					}
					if cutAt(t, opts, where); t.Failed() {
						return
					}
				}
			})
		}
	}
}

// cutAt delivers two entries, with one cut, and checks the outcome. It returns how many bytes of
// answers and commands went through.
func cutAt(t *testing.T, opts smtpd.Options, where smtpd.Cut) (answers, commands int64) {
	t.Helper()
	s := newSite(t, opts)
	p := smtpd.StartProxy(t, s.server, where)
	s.url = p.URL
	taken, later, refused := fates()
	s.put(body, mixed...)
	s.put(body, "zoe@x.example")
	first := s.send()
	answers, commands = p.Passed()
	cut := where != smtpd.Cut{}
	if cut != p.HasCut() {
		t.Errorf("cut: %v", p.HasCut())
	}
	var runs []string
	for range 4 {
		if len(s.waiting("out", body)) == 0 && slices.Equal(s.waiting("retry", body), later) {
			break
		}
		r := s.again()
		runs = append(runs, fmt.Sprintf("%+v", r))
	}
	s.same("out", s.waiting("out", body), nil)
	s.same("retry", s.waiting("retry", body), later)
	s.same("shunt", s.waiting("shunt", body), refused)
	got := s.got()
	s.same("got it", slices.Compact(slices.Clone(got)), append(taken, "zoe@x.example"))
	more := len(got) - len(taken) - 1
	if more > 2 || more > 0 && !cut {
		t.Errorf("%d copies too many: %q", more, got)
	}
	for _, m := range s.server.Mails() {
		if m.Text() != body {
			t.Errorf("the server got %q", m.Text())
		}
	}
	if t.Failed() {
		t.Logf("cut at %+v\nfirst run: %+v\nothers: %s\ncomplaints: %q", where, first, strings.Join(runs, "\n"), s.server.Complaints())
	}
	return answers, commands
}
