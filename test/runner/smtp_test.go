package runner

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"switchboard/pkg/message"
	"switchboard/test/golden"
	"switchboard/test/harness"
)

// sent is a message that the server has accepted.
type sent struct {
	Sender     string
	Recipients []string
	Content    string
}

// server is a mail server on loopback: smtpd.py.
type server struct{ dir, port string }

// serve starts a server. The test is skipped if the programs for it are missing.
func (s *site) serve() server {
	s.Helper()
	const python = "/usr/bin/python3"
	harness.Needs(s, "python3-aiosmtpd", exec.Command(python, "-c", "import aiosmtpd").Run())
	for _, program := range []string{"msmtp", "jq"} {
		_, err := exec.LookPath(program)
		harness.Needs(s, program, err)
	}
	v := server{dir: s.TempDir()}
	cmd := exec.Command(python, "smtpd.py", v.dir)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() {
		stdin.Close()
		cmd.Wait()
	})
	s.eventually("the server", func() bool {
		b, err := os.ReadFile(filepath.Join(v.dir, "port"))
		v.port = string(b)
		return err == nil
	})
	return v
}

// sent returns everything that the server has accepted.
func (v server) sent(t *testing.T) []sent {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(v.dir, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all []sent
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var one sent
		if err := json.Unmarshal(b, &one); err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	return all
}

// said returns the server's log.
func (v server) said() string {
	b, _ := os.ReadFile(filepath.Join(v.dir, "log"))
	return string(b)
}

// drain runs the queue "out" as the README's recipe does.
func (s *site) drain(v server) harness.Result {
	s.Helper()
	recipe, err := filepath.Abs(filepath.Join("..", "..", "contrib", "deliver-msmtp"))
	if err != nil {
		s.Fatal(err)
	}
	cmd := s.command("qrun", "-j", "3", "--timeout", "60s", "out", recipe)
	cmd.Env = append(cmd.Env, "DELIVER_DOMAIN=lists.example.com", "HOME="+s.root,
		"DELIVER_MSMTP=msmtp --host=127.0.0.1 --port="+v.port+" --auth=off --tls=off --timeout=20")
	r, err := harness.Wait(cmd, cmd.Start)
	if err != nil {
		s.Fatal(err)
	}
	return r
}

// mail is what is expected of an entry: who gets which content.
type mail struct {
	sender, content string
	recipients      []string
}

func (m mail) String() string {
	slices.Sort(m.recipients)
	return fmt.Sprintf("%s > %s\n%s", m.sender, strings.Join(m.recipients, " "), m.content)
}

// arrived returns the messages that the server has, sorted. On the way a message has CRLF, and
// a newline at its end.
func arrived(all []sent) []string {
	var got []string
	for _, one := range all {
		got = append(got, mail{one.Sender, strings.ReplaceAll(one.Content, "\r\n", "\n"), one.Recipients}.String())
	}
	slices.Sort(got)
	return got
}

// TestMailServer has a server that accepts some messages, defers some, refuses some for good,
// and drops a connection. Every message arrives once, or is where it should be.
func TestMailServer(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.serve()
	s.make("out")
	kinds := []struct {
		name, recipients, subject string
		// lies is the place where it ends up, "" if the recipients have it.
		lies string
	}{
		{"taken", "a@example.org b@example.org", "hello", ""},
		{"put off", "a@example.org busy@example.org", "hello", "out"},
		{"refused", "never@example.org", "hello", "shunt"},
		{"refused in part", "a@example.org never@example.org", "hello", "shunt"},
		{"put off after DATA", "a@example.org", "full", "out"},
		{"refused after DATA", "a@example.org", "spam", "shunt"},
		{"dropped once", "a@example.org", "drop", "out"},
		{"to nobody", "", "hello", "shunt"},
		{"an option for an address", "-oops@example.org", "hello", ""},
	}
	var want []string
	lies := map[string][]string{}
	const each = 4
	for i := range each * len(kinds) {
		k := kinds[i%len(kinds)]
		text := fmt.Sprintf("Subject: %s %d\n\n.%s\n..\nFrom here\n\n", k.subject, i, k.name)
		recipients := []any{}
		for r := range strings.FieldsSeq(k.recipients) {
			recipients = append(recipients, r)
		}
		entry := harness.Entry{
			Base: harness.Base(i), Text: []byte(text),
			Metadata: []message.Item{{Key: "recips", Value: recipients}},
		}
		if _, err := entry.Write(s.path("out"), ".pck"); err != nil {
			t.Fatal(err)
		}
		if k.lies == "" || k.name == "dropped once" {
			want = append(want, mail{"test.example-bounces@lists.example.com", text, strings.Fields(k.recipients)}.String())
		}
		if k.lies != "" {
			lies[k.lies] = append(lies[k.lies], entry.Base)
		}
	}
	r := s.drain(v)
	s.want(r, 75)
	for queue, want := range lies {
		slices.Sort(want)
		if got := s.files(queue, ".pck"); !slices.Equal(got, want) {
			t.Errorf("%s holds %d entries, want %d\n%s", queue, len(got), len(want), r.Err)
		}
	}
	// The next run finds the server as busy as before, but no connection drops.
	s.want(s.drain(v), 75)
	s.holds("out", 2*each, 0, 0)
	s.holds("bad", 0, 0, 0)
	slices.Sort(want)
	if got := arrived(v.sent(t)); !slices.Equal(got, want) {
		t.Errorf("%d messages arrived, want %d once each:\n%s", len(got), len(want), strings.Join(got, "\n"))
	}
	for _, said := range []string{"451 busy", "550 never", "452 data", "554 data", "drop"} {
		if !strings.Contains(v.said(), said) {
			t.Errorf("the server never said %q: the test proves nothing about it", said)
		}
	}
}

// TestMailmanOut sends the queues that real outgoing runners of Mailman work on.
func TestMailmanOut(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.serve()
	s.make("out")
	var want []string
	for _, c := range golden.All(t) {
		if !strings.Contains(c.Name, "-run-") || !strings.Contains(c.Name, "-out-") {
			continue
		}
		var meta struct {
			Listname, Listid, Envsender, Sender string
			Recips, Recipients                  []string
			Undelivered                         [][]string
		}
		if err := json.Unmarshal(c.Metadata, &meta); err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
		path := filepath.Join(s.path("out"), c.FileBase+c.Ext)
		if err := harness.WriteFile(path, c.Data); err != nil {
			t.Fatal(err)
		}
		held, err := harness.Read(path)
		if err != nil {
			t.Fatal(err)
		}
		// The tests of package message check what the message is. A mail ends with a
		// newline, and has no bare CR.
		m := mail{content: strings.TrimSuffix(latin1(held.Text), "\n") + "\n"}
		m.recipients = append(meta.Recips, meta.Recipients...)
		if len(meta.Undelivered) > 0 {
			m.recipients = slices.Concat(meta.Undelivered...)
		}
		switch list, host, ok := strings.Cut(meta.Listid, "."); {
		case ok && meta.Sender != "":
			m.sender = meta.Sender
		case !ok && meta.Envsender != "":
			m.sender = meta.Envsender
		case ok:
			m.sender = list + "-bounces@" + host
		default:
			m.sender = meta.Listname + "-bounces@lists.example.com"
		}
		want = append(want, m.String())
	}
	var missing error
	if len(want) == 0 {
		missing = errors.New("only the whole collection has them")
	}
	harness.Needs(t, "queue files of real outgoing runners", missing)
	s.want(s.drain(v), 0)
	s.holds("out", 0, 0, 0)
	s.holds("shunt", 0, 0, 0)
	slices.Sort(want)
	got := arrived(v.sent(t))
	if len(got) != len(want) {
		t.Fatalf("%d messages arrived, want %d", len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("arrived\n%q\nwant\n%q", got[i], want[i])
		}
	}
	t.Logf("%d messages of real outgoing runners", len(got))
}

// latin1 returns a text with one character per byte.
func latin1(b []byte) string {
	runes := make([]rune, len(b))
	for i, c := range b {
		runes[i] = rune(c)
	}
	return string(runes)
}
