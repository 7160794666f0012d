package docs

import (
	"bytes"
	"crypto/sha1"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"switchboard/pkg/message"
	"switchboard/test/golden"
	"switchboard/test/harness"
)

// site is a sandbox whose directory is the queues of a Mailman 2.1 on a bad day: 500 entries
// with golden messages, a configuration that names the queues, and Mailman's log.
type site struct {
	sandbox
	mail []mail
	// before has the content of each file in the queues when the site was made.
	before map[string]string
}

// mail is an entry of the site.
type mail struct {
	path, list, sender string
	origin             string // the queue that it was shunted or preserved from
	age                time.Duration
}

// at returns the entry with that path.
func (s site) at(path string) mail {
	return s.mail[slices.IndexFunc(s.mail, func(m mail) bool { return m.path == path })]
}

// home returns the administrator's directory.
func (s site) home() string { return filepath.Join(filepath.Dir(s.dir), "home") }

// of returns the entries of a queue that are as ok says.
func (s site) of(queue string, ok func(mail) bool) []mail {
	return slices.DeleteFunc(slices.Clone(s.mail), func(m mail) bool { return filepath.Dir(m.path) != queue || !ok(m) })
}

const (
	anne    = "anne@example.com"
	spammer = "win@spam.example"
	// fromAnne is the start of the golden messages that recipes are about.
	fromAnne = "From: Anne Person <anne@example.com>"
	siteSize = 500
	// brokenBase is the file base of an entry that cannot be read.
	brokenBase = "1700000001.5+da39a3ee5e6b4b0d3255bfef95601890afd80709"
	// why is the last line of the traceback for the message of the examples.
	why = "LookupError: unknown encoding: x-unknown"
)

// newSite makes a site.
func newSite(t *testing.T) site {
	t.Helper()
	s := site{sandbox: newSandbox(t)}
	s.dir = filepath.Join(s.dir, "site", "qfiles")
	for _, dir := range []string{
		"in", "out", "virgin", "retry", "shunt", "bad", "hold", "commands", "../home",
		"../../mailman3/queue/in", "../../mailman3/queue/command", "../../mailman3/queue/bounces",
	} {
		if err := os.MkdirAll(filepath.Join(s.dir, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	s.fill(t)
	s.write(t, "../../bin/at", "#!/bin/sh\ncat >job\n", 0o755)
	s.write(t, "../../bin/handler", "#!/bin/sh\ncat >>handled\n", 0o755)
	s.write(t, "../logs/error", mailmanLog(s), 0o644)
	s.write(t, "../data/last_mailman_version", "2011DF0", 0o644)
	// The configuration is the line that the page shows.
	text, _ := section(page(t, "switchboard-recipes.7"), "DESCRIPTION")
	_, line, _ := strings.Cut(text, "\n.Dl ")
	line, _, _ = strings.Cut(line, "\n")
	s.write(t, "../switchboard.toml", s.moved(roff(line))+"\n"+s.deliver(), 0o644)
	s.before = s.files(t)
	return s
}

// fill makes the entries.
func (s *site) fill(t *testing.T) {
	t.Helper()
	var raw, texts []golden.Case
	for _, c := range golden.All(t) {
		if c.Dialect != "mailman2" || len(c.Data) > 1<<16 {
			continue
		}
		if c.Ext == ".pck" {
			raw = append(raw, c)
		}
		if bytes.HasPrefix(c.Message, []byte(fromAnne)) {
			texts = append(texts, c)
		}
	}
	// What everybody else sends, in files as Mailman wrote them.
	for i := range 431 {
		c := raw[i%len(raw)]
		queue := []string{"in", "out", "out", "virgin", "retry"}[i%5]
		age := time.Duration(i) * time.Minute
		if age > 110*time.Minute {
			age += 20 * time.Minute // no entry gets two hours old while a recipe runs
		}
		m := mail{path: s.base(queue, i, age) + c.Ext, sender: "?", list: "?"}
		s.file(t, m, c.Data)
	}
	recipients := message.Item{Key: "recips", Value: []any{"bart@example.net", "cris@example.org"}}
	// What the examples are about: golden messages to two lists, from two people.
	put := func(queue, ext, list, sender string, n int, age time.Duration, origin string) {
		for range n {
			i := len(s.mail)
			text := append([]byte("From: "+sender), texts[i%len(texts)].Message[len(fromAnne):]...)
			m := mail{path: s.base(queue, i, age) + ext, list: list, sender: sender, origin: origin}
			s.entry(t, m, text, recipients)
		}
	}
	const m = time.Minute
	put("out", ".pck", "staff", anne, 12, 90*m, "")
	put("out", ".pck", "staff", spammer, 8, 10*m, "")
	put("out", ".pck", "dev", spammer, 4, 300*m, "")
	put("in", ".bak", "dev", anne, 3, 20*m, "")
	put("virgin", ".pck", "staff", spammer, 6, 40*m, "")
	put("hold", ".pck", "staff", anne, 6, 80*m, "")
	put("hold", ".pck", "dev", spammer, 3, 70*m, "")
	put("shunt", ".pck", "staff", anne, 5, 200*m, "in")
	put("shunt", ".pck", "staff", spammer, 4, 100*m, "in")
	put("shunt", ".pck", "dev", anne, 11, 45*24*60*m, "out")
	put("bad", ".psv", "staff", anne, 3, 50*24*60*m, "in")
	put("bad", ".psv", "dev", anne, 1, 50*m, "in")
	large := mail{path: s.base("out", len(s.mail), 5*m) + ".pck", list: "dev", sender: spammer}
	s.entry(t, large, []byte("From: "+spammer+"\nTo: dev@example.com\nSubject: Win\n\n"+strings.Repeat(strings.Repeat("x", 69)+"\n", 20000)), recipients)
	// The message that the log names, and the same sender's one that cannot be parsed.
	s.entry(t, mail{path: "shunt/" + exampleBase + ".pck", list: "staff", sender: spammer, origin: "in"},
		[]byte(strings.Replace(exampleMail, "Anne <anne@example.com>", spammer, 1)))
	s.file(t, mail{path: "bad/" + brokenBase + ".psv", list: "?", sender: "?"}, raw[0].Data[:len(raw[0].Data)/2])
	if len(s.mail) != siteSize {
		t.Fatalf("the site has %d entries, not %d", len(s.mail), siteSize)
	}
}

// base returns a path without extension in a queue, for the i-th entry of the site.
func (s site) base(queue string, i int, age time.Duration) string {
	return fmt.Sprintf("%s/%d.5+%x", queue, time.Now().Add(-age).Unix()-1, sha1.Sum([]byte{byte(i), byte(i >> 8)}))
}

// entry makes a queue file with a message, and notes it.
func (s *site) entry(t *testing.T, m mail, text []byte, more ...message.Item) {
	t.Helper()
	e := harness.Entry{Text: text, Metadata: append(more, message.Item{Key: "listname", Value: m.list})}
	if m.origin != "" {
		e.Metadata = append(e.Metadata, message.Item{Key: "whichq", Value: filepath.Join(s.dir, m.origin)})
	}
	data, err := e.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	s.file(t, m, data)
}

// file makes a queue file, and notes it.
func (s *site) file(t *testing.T, m mail, data []byte) {
	t.Helper()
	if err := harness.WriteFile(filepath.Join(s.dir, m.path), data); err != nil {
		t.Fatal(err)
	}
	seconds, _, _ := strings.Cut(filepath.Base(m.path), ".")
	var unix int64
	if _, err := fmt.Sscan(seconds, &unix); err != nil {
		t.Fatal(err)
	}
	m.age = time.Since(time.Unix(unix, 0))
	s.mail = append(s.mail, m)
}

// write makes a file, and the directories above it.
func (s site) write(t *testing.T, name, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(filepath.Join(s.dir, name)), 0o755); err != nil {
		t.Fatal(err)
	}
	s.sandbox.write(t, name, text, mode)
}

// mailmanLog returns what Mailman 2.1 wrote into logs/error when it shunted the entries.
func mailmanLog(s site) string {
	var log strings.Builder
	for i, m := range s.of("shunt", func(mail) bool { return true }) {
		at := fmt.Sprintf("%s (%d) ", time.Now().Add(-time.Hour).Format("Jan 02 15:04:05 2006"), 4242)
		reason := fmt.Sprintf("KeyError: 'member%d'", i)
		if strings.Contains(m.path, exampleBase) {
			reason = why
		}
		_, text, _ := strings.Cut(reason, ": ")
		fmt.Fprintf(&log, "%[1]sUncaught runner exception: %[2]s\n%[1]sTraceback (most recent call last):\n"+
			"  File \"/usr/lib/mailman/Mailman/Queue/Runner.py\", line 119, in _oneloop\n    self._onefile(msg, msgdata)\n"+
			"  File \"/usr/lib/mailman/Mailman/Queue/Runner.py\", line 190, in _onefile\n    keepqueued = self._dispose(mlist, msg, msgdata)\n"+
			"%[3]s\n\n%[1]sSHUNTING: %[4]s\n", at, text, reason, strings.TrimSuffix(filepath.Base(m.path), ".pck"))
	}
	return log.String()
}

// files returns the content of every entry's file, by its path.
func (s site) files(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(s.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !slices.Contains([]string{".pck", ".bak", ".psv"}, filepath.Ext(path)) {
			return err
		}
		name, _ := filepath.Rel(s.dir, path)
		data, err := os.ReadFile(path)
		all[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// has checks that each entry of the site is where it was, with the same content, except for
// those that have moved or are gone. A path in moves has the one that it became, or "". If only
// the text of a message is the same, because a release changes the metadata, that is enough.
func (s site) has(t *testing.T, moves map[string]string) {
	t.Helper()
	after := s.files(t)
	for path, content := range s.before {
		now, moved := moves[path]
		if !moved {
			now = path
		}
		if now == "" {
			continue
		}
		got, ok := after[now]
		if !ok {
			t.Errorf("%s is not at %s", path, now)
		} else if got != content && (!moved || s.text(t, now, got) != s.text(t, path, content)) {
			t.Errorf("%s has changed at %s", path, now)
		}
		delete(after, now)
	}
	for path := range after {
		t.Errorf("%s was not there before", path)
	}
}

// text returns the message in the content of a queue file.
func (s site) text(t *testing.T, path, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), filepath.Base(path))
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	held, err := harness.Read(file)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return string(held.Text)
}

// moves returns what became of the paths of some entries that went to another queue, and are
// ready there.
func moves(all []mail, to string) map[string]string {
	paths := map[string]string{}
	for _, m := range all {
		base := filepath.Base(m.path)
		paths[m.path] = filepath.Join(to, strings.TrimSuffix(base, filepath.Ext(base))+".pck")
	}
	return paths
}
