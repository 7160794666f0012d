package docs

import (
	"maps"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"switchboard/test/harness"
)

// admin plays an administrator who has never used the commands, and knows of each command only
// what its --help says.
type admin struct {
	*testing.T
	site
	help     map[string]string
	commands int
}

// types runs a command on the site. It fails the test if the help of the command does not have
// the options, or if the command fails or complains.
func (a *admin) types(command string, args ...string) string {
	a.Helper()
	a.commands++
	if a.help[command] == "" {
		a.help[command] = help(a.T, command)
	}
	known := names(options(a.T, a.help[command]))
	quoted := []string{command}
	for _, arg := range args {
		if strings.HasPrefix(arg, "-") && !contains(known, arg) {
			a.Fatalf("%s --help does not have %s:\n%s", command, arg, a.help[command])
		}
		quoted = append(quoted, "'"+arg+"'")
	}
	r := a.run(a.T, strings.Join(quoted, " "))
	if r.Status != 0 || r.Err != "" || r.Out == "" {
		a.Fatalf("%q: status %d, %q, %q", quoted, r.Status, r.Out, r.Err)
	}
	return r.Out
}

// TestSixtySeconds plays a new administrator to whom somebody says that mail to a list does not
// arrive. Six commands find the mail, read it, say why it is stuck, hold what else its sender
// has sent, and bring it back.
func TestSixtySeconds(t *testing.T) {
	t.Parallel()
	a := &admin{T: t, site: newSite(t), help: map[string]string{}}

	// Where is old mail? In shunt.
	oldest, stuck := "", ""
	for line := range strings.Lines(a.types("qstat")) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(f) != 8 {
			t.Fatalf("qstat prints %q", line)
		}
		if days := regexp.MustCompile(`^[0-9]+d$`).FindString(f[5]); len(days) > len(oldest) {
			oldest, stuck = days, f[7]
		}
	}
	if stuck != filepath.Join(a.dir, "shunt") {
		t.Fatalf("the oldest mail is %s old, in %s", oldest, stuck)
	}

	// Whose is it? The list staff has the oldest.
	out := a.types("qstat", "-l", stuck)
	lists(t, a.site, harness.Result{Out: out}, a.of("shunt", every))
	first, _, _ := strings.Cut(out, "\n")
	f := strings.Split(first, "\t")
	if len(f) < 8 || f[4] != "staff" || f[5] != spammer || f[6] != "The roof leaks" {
		t.Fatalf("the oldest entry is %q", first)
	}
	entry := f[7]

	// What is it?
	if got, want := a.types("qcat", entry), strings.Replace(exampleMail, "Anne <anne@example.com>", spammer, 1); got != want {
		t.Errorf("qcat prints %q, want %q", got, want)
	}

	// Why is it here? Mailman's log has the traceback.
	if got := a.types("qstat", entry); !regexp.MustCompile(`(?m)^why +` + regexp.QuoteMeta(why) + `$`).MatchString(got) {
		t.Errorf("qstat does not say why:\n%s", got)
	}

	// The sender's other mail waits until somebody has looked at it.
	pattern := "^" + regexp.QuoteMeta(spammer) + "$"
	moved := a.of("out", by(spammer))
	a.printed(t, harness.Result{Out: a.types("qmove", "--to", "hold", "--sender", pattern, "out")}, moves(moved, "hold"))

	// This message may go on.
	released := moves(a.of("shunt", func(m mail) bool { return filepath.Join(a.dir, m.path) == entry }), "in")
	a.printed(t, harness.Result{Out: a.types("qrestore", "--origin", entry)}, released)

	maps.Copy(released, moves(moved, "hold"))
	a.has(t, released)
	if len(moved) != 13 || a.commands != 6 {
		t.Errorf("%d commands, %d entries on hold", a.commands, len(moved))
	}
}
