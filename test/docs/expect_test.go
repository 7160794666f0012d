package docs

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"switchboard/pkg/message"
	"switchboard/test/harness"
)

// These choose entries of a site.

func toList(list string) func(mail) bool { return func(m mail) bool { return m.list == list } }
func by(sender string) func(mail) bool   { return func(m mail) bool { return m.sender == sender } }
func isIn(ext string) func(mail) bool {
	return func(m mail) bool { return filepath.Ext(m.path) == ext }
}
func isCalled(base string) func(mail) bool {
	return func(m mail) bool { return strings.Contains(m.path, base) }
}
func every(mail) bool { return true }

func either(a, b func(mail) bool) func(mail) bool { return func(m mail) bool { return a(m) || b(m) } }

// These return what becomes of entries.

// move is for entries of a queue that go to another one.
func move(queue, to string, ok func(mail) bool) func(site) map[string]string {
	return func(s site) map[string]string { return moves(s.of(queue, ok), to) }
}

// home is for entries that go back to the queues that they came from.
func home(queue string, ok func(mail) bool) func(site) map[string]string {
	return func(s site) map[string]string {
		paths := map[string]string{}
		for _, m := range s.of(queue, ok) {
			maps.Copy(paths, moves([]mail{m}, m.origin))
		}
		return paths
	}
}

// gone is for entries that are deleted.
func gone(queue string, ok func(mail) bool) func(site) map[string]string {
	return func(s site) map[string]string {
		paths := map[string]string{}
		for _, m := range s.of(queue, ok) {
			paths[m.path] = ""
		}
		return paths
	}
}

// shows checks how often text is in what was printed, which begins with a newline here.
func shows(t *testing.T, r harness.Result, text string, want int) {
	t.Helper()
	if got := strings.Count("\n"+r.Out, text); got != want {
		t.Errorf("%q is there %d times, want %d:\n%s", text, got, want, r.Out)
	}
}

// lists checks that there is a line for each of the entries, with its path, and no other line.
func lists(t *testing.T, s site, r harness.Result, want []mail) {
	t.Helper()
	if len(want) == 0 || strings.Count(r.Out, "\n") != len(want) {
		t.Errorf("%d lines for %d entries:\n%s", strings.Count(r.Out, "\n"), len(want), r.Out)
	}
	for _, m := range want {
		if line := lineOf(r.Out, filepath.Join(s.dir, m.path)); line == "" {
			t.Errorf("no line for %s", m.path)
		}
	}
}

// lineOf returns the line that has path as one of its columns.
func lineOf(out, path string) string {
	for line := range strings.SplitSeq(out, "\n") {
		if strings.Contains("\t"+line+"\t", "\t"+path+"\t") {
			return line
		}
	}
	return ""
}

func decimal(n int) string { return strconv.Itoa(n) }

// hasRead checks that text is that of all messages that were in a queue, oldest first.
func (s site) hasRead(t *testing.T, text, queue string) {
	t.Helper()
	all := s.sorted(queue)
	var want strings.Builder
	for _, m := range all {
		want.WriteString(s.text(t, m.path, s.before[m.path]))
	}
	if len(all) == 0 || text != want.String() {
		t.Errorf("%d bytes were read, want %d of %d messages", len(text), want.Len(), len(all))
	}
}

// counts checks the number of ready entries in the line of a group.
func (s site) counts(t *testing.T, r harness.Result, group string, ok func(mail) bool) {
	t.Helper()
	n := 0
	for _, m := range s.mail {
		if ok(m) && isIn(".pck")(m) {
			n++
		}
	}
	if got, _, _ := strings.Cut(lineOf(r.Out, group), "\t"); n == 0 || got != decimal(n) {
		t.Errorf("%s has %q, want %d:\n%s", group, got, n, r.Out)
	}
}

// sorted returns the ready entries of a queue, oldest first.
func (s site) sorted(queue string) []mail {
	all := s.of(queue, isIn(".pck"))
	slices.SortFunc(all, func(a, b mail) int { return strings.Compare(a.path, b.path) })
	return all
}

// anything is for a recipe whose output is of no interest.
func anything(*testing.T, site, harness.Result) {}

// refuse has qdeliver send a message that the server refuses, after which it is in a queue.
func refuse(code int, to string) func(*testing.T, *site) {
	return func(t *testing.T, s *site) {
		t.Helper()
		alone(t, s)
		recipient := decimal(code) + ".anne@example.net"
		e := harness.Entry{Base: harness.Base(1), Text: []byte("From: " + recipient + "\n\n"), Metadata: []message.Item{
			{Key: "listname", Value: "staff"}, {Key: "recips", Value: []any{recipient}}}}
		path, err := e.Write(filepath.Join(s.dir, "out"), ".pck")
		if err != nil {
			t.Fatal(err)
		}
		s.run(t, "qdeliver "+path)
		if n := len(s.names(t, to, e.Base+".pck")); n != 1 {
			t.Fatalf("%s has %d", to, n)
		}
	}
}

// lineWith returns the line that has a text in it.
func lineWith(out, text string) string {
	for line := range strings.Lines(out) {
		if strings.Contains(line, text) {
			return line
		}
	}
	return ""
}

// messageID returns the Message-ID of a message.
func messageID(text string) string {
	_, rest, _ := strings.Cut("\n"+text, "\nMessage-ID: ")
	id, _, _ := strings.Cut(rest, "\n")
	return id
}

// alone removes the mail that no recipe is about.
func alone(t *testing.T, s *site) {
	t.Helper()
	s.mail = slices.DeleteFunc(s.mail, func(m mail) bool {
		if m.list != "?" || strings.HasPrefix(m.path, "bad/") {
			return false
		}
		if err := os.Remove(filepath.Join(s.dir, m.path)); err != nil {
			t.Error(err)
		}
		return true
	})
}
