package runner

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"switchboard/pkg/message"
	"switchboard/test/golden"
	"switchboard/test/harness"
	"switchboard/test/harness/smtpd"
)

// migration is the tree of a Mailman 2.1, and a real Mailman 3 that delivers.
type migration struct {
	*site
	server   *smtpd.Server
	old, cfg string
}

const (
	mm3Lib    = "/usr/lib/mailman3/bin"
	mm3Python = "/usr/bin/python3"
)

// newMigration makes the tree and starts the Mailman 3, which runs as on a real
// machine, but without the parts that listen on a port.
func newMigration(t *testing.T) *migration {
	t.Helper()
	harness.Long(t)
	_, err := os.Stat(mm3Lib + "/master")
	harness.Needs(t, "Debian's mailman3", err)
	s := newSite(t)
	m := &migration{site: s, server: smtpd.Start(t, smtpd.Options{}), old: s.path("qfiles"), cfg: s.path("mailman.cfg")}
	for queue := range strings.FieldsSeq("in commands bounces shunt bad out retry virgin archive news ../data") {
		if err := os.MkdirAll(filepath.Join(m.old, queue), 0o2770); err != nil {
			t.Fatal(err)
		}
	}
	_, port, _ := strings.Cut(m.server.Addr, ":")
	var cfg strings.Builder
	cfg.WriteString(fmt.Sprintf("[mailman]\nlayout: migration\nsite_owner: site@example.com\n[paths.migration]\nvar_dir: %s\nbin_dir: %s\n"+
		"[mta]\nsmtp_host: 127.0.0.1\nsmtp_port: %s\nincoming: mailman.mta.null.NullMTA\n", s.path("var"), mm3Lib, port))
	for runner := range strings.FieldsSeq("archive lmtp nntp rest retry task digest") {
		fmt.Fprintf(&cfg, "[runner.%s]\nstart: no\n", runner)
	}
	for runner := range strings.FieldsSeq("in pipeline out command bounces virgin") {
		fmt.Fprintf(&cfg, "[runner.%s]\nsleep_time: 1s\n", runner)
	}
	if err := os.WriteFile(m.cfg, []byte(cfg.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	m.python("prepare")
	master := exec.Command(mm3Lib+"/master", "-C", m.cfg)
	master.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := master.Start(); err != nil {
		t.Fatal(err)
	}
	stopped := make(chan struct{})
	go func() { master.Wait(); close(stopped) }()
	t.Cleanup(func() {
		master.Process.Signal(os.Interrupt)
		select {
		case <-stopped:
		case <-time.After(time.Minute):
			syscall.Kill(-master.Process.Pid, syscall.SIGKILL)
			<-stopped
		}
		if t.Failed() {
			for _, mail := range m.server.Mails() {
				t.Logf("for %q:\n%s", mail.To, mail.Text())
			}
			for _, name := range []string{"error.log", "smtp.log", "bounce.log", "vette.log", "runner.log"} {
				text, _ := os.ReadFile(s.path("var/logs/" + name))
				t.Logf("%s:\n%s", name, text)
			}
		}
	})
	m.eventually("Mailman 3's queues", func() bool {
		for _, queue := range []string{"in", "command", "bounces"} {
			if _, err := os.Stat(filepath.Join(m.path("var/queue"), queue)); err != nil {
				return false
			}
		}
		return true
	})
	return m
}

// python runs mm3site.py.
func (m *migration) python(what string) []byte {
	m.Helper()
	cmd := exec.Command(mm3Python, "mm3site.py", m.cfg, what)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		m.Fatalf("mm3site.py %s: %v", what, err)
	}
	return out
}

// put copies a golden file into a queue of the old Mailman.
func (m *migration) put(queue, name string) {
	m.Helper()
	cases := golden.All(m)
	i := slices.IndexFunc(cases, func(c golden.Case) bool { return c.Name == name })
	if i < 0 {
		m.Fatalf("there is no golden file %s", name)
	}
	m.write(queue, cases[i].FileBase+cases[i].Ext, cases[i].Data)
}

func (m *migration) write(queue, name string, data []byte) {
	m.Helper()
	if err := os.WriteFile(filepath.Join(m.old, queue, name), data, 0o660); err != nil {
		m.Fatal(err)
	}
}

// entry makes an entry as Mailman's script for mail servers does.
func (m *migration) entry(queue string, n int, text string, flags ...message.Item) {
	m.Helper()
	e := harness.Entry{
		Base: harness.Base(n), Text: []byte(text),
		Metadata: append(flags, message.Item{Key: "listname", Value: "test"}),
	}
	if _, err := e.Write(filepath.Join(m.old, queue), ".pck"); err != nil {
		m.Fatal(err)
	}
}

// migrateCommand returns contrib/migrate-mailman2 with options and the domain.
func (m *migration) migrateCommand(args ...string) *exec.Cmd {
	m.Helper()
	contrib, err := filepath.Abs(filepath.Join("..", "..", "contrib"))
	if err != nil {
		m.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(contrib, "migrate-mailman2"), append(args, m.old, m.path("var/queue"))...)
	config := m.path("switchboard.toml")
	if err := os.WriteFile(config, []byte("[deliver]\nserver = \""+m.server.URL+"\"\n"), 0o644); err != nil {
		m.Fatal(err)
	}
	cmd.Env = append(os.Environ(), "SWITCHBOARD_CONFIG="+config, "PATH="+harness.Bin(m)+":"+contrib+":"+os.Getenv("PATH"))
	return cmd
}

// migrate runs contrib/migrate-mailman2.
func (m *migration) migrate(args ...string) harness.Result {
	m.Helper()
	cmd := m.migrateCommand(args...)
	r, err := harness.Wait(cmd, cmd.Start)
	if err != nil {
		m.Fatal(err)
	}
	return r
}

// arrived counts the messages that the server has for an address, with a text in their header
// or body.
func (m *migration) arrived(address, text string) int {
	n := 0
	for _, mail := range m.server.Mails() {
		if slices.Contains(mail.To, address) && strings.Contains(mail.Text(), text) {
			n++
		}
	}
	return n
}

const bounce = `From: MAILER-DAEMON@mx.example.com
To: test-bounces@example.com
Subject: Undelivered Mail Returned to Sender
Message-ID: <bounce@x>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

No such user.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; user01@example.com
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user

--B--
`

// newTree makes the queues of both Mailmans, none of which runs, and a mail server.
func newTree(t *testing.T) *migration {
	t.Helper()
	s := newSite(t)
	m := &migration{site: s, server: smtpd.Start(t, smtpd.Options{}), old: s.path("qfiles")}
	for dir := range strings.FieldsSeq("qfiles/in qfiles/out qfiles/retry var/queue/in var/queue/command var/queue/bounces") {
		if err := os.MkdirAll(s.path(dir), 0o2770); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

// TestMigrateTells checks that standard error says why mail stays. It also checks that old
// mail is sent from the lists' domain, so that bounces come back to it.
func TestMigrateTells(t *testing.T) {
	t.Parallel()
	m := newTree(t)
	nobody := harness.Entry{Base: harness.Base(1), Text: []byte(plain(1)), Metadata: []message.Item{{Key: "listname", Value: ""}}}
	if _, err := nobody.Write(filepath.Join(m.old, "in"), ".pck"); err != nil {
		t.Fatal(err)
	}
	to := func(addresses ...any) message.Item { return message.Item{Key: "recips", Value: addresses} }
	m.entry("out", 2, "Subject: old\n\n", to("anne@example.net"))
	m.entry("out", 3, "Subject: busy\n\n", to("450.bart@example.net", "cris@example.net"))
	r := m.migrate("-s", "lists.example.com")
	if r.Status != 75 || !strings.Contains(r.Err, harness.Base(1)+".bak: its metadata names no list; ") ||
		!strings.Contains(r.Err, "retry: 1 left: ") || strings.Contains(r.Err, "migrate-mailman2: out: ") {
		t.Errorf("status %d, and it says\n%s", r.Status, r.Err)
	}
	for _, mail := range m.server.Mails() {
		if mail.From != "test-bounces@lists.example.com" {
			t.Errorf("a message is from %s", mail.From)
		}
	}
	if m.arrived("anne@example.net", "old") != 1 || m.arrived("cris@example.net", "busy") != 1 {
		t.Errorf("the server has %v", m.server.Mails())
	}
}

// TestMigrateOneList sends and moves the mail of one list, and leaves that of others.
func TestMigrateOneList(t *testing.T) {
	t.Parallel()
	m := newTree(t)
	for n, list := range []string{"test", "other"} {
		for queue, text := range map[string]string{"in": "Subject: x\n\n", "out": "Subject: out\n\n", "retry": "Subject: retry\n\n"} {
			e := harness.Entry{Base: harness.Base(10*n + len(queue)), Text: []byte(text), Metadata: []message.Item{
				{Key: "listname", Value: list}, {Key: "recips", Value: []any{list + "@example.net"}}, {Key: "deliver_until", Value: 4e9}}}
			if _, err := e.Write(filepath.Join(m.old, queue), ".pck"); err != nil {
				t.Fatal(err)
			}
		}
	}
	r := m.migrate("-s", "-l", "test", "example.com")
	if r.Status != 75 || !strings.Contains(r.Err, "out: 1 left: ") || !strings.Contains(r.Err, "retry: 1 left: ") {
		t.Errorf("status %d, and it says\n%s", r.Status, r.Err)
	}
	if n := len(m.server.Mails()); n != 2 || m.arrived("test@example.net", "out") != 1 || m.arrived("test@example.net", "retry") != 1 {
		t.Errorf("the server has %v", m.server.Mails())
	}
}

// TestMigrate moves all kinds of mail from the queues of a Mailman 2.1 to a real Mailman 3,
// which delivers, holds and answers it.
func TestMigrate(t *testing.T) {
	t.Parallel()
	m := newMigration(t)
	flag := func(name string) message.Item { return message.Item{Key: name, Value: 1} }
	m.put("in", "mm2-run-posts-in-1-a")
	m.put("in", "mm2-run-owner-in-1-a")
	m.put("in", "mm2-run-nonmember-in-1-a")
	m.put("commands", "mm2-run-command-commands-1-a")
	m.put("shunt", "mm2-run-incoming-shunt-1-a")
	m.put("shunt", "mm2-run-shunt-shunt-1-a")
	m.put("out", "mm2-run-smtp-out-1-a")
	m.put("retry", "mm2-run-temp-retry-1-a")
	m.put("virgin", "mm2-run-incoming-virgin-1-a")
	m.put("archive", "mm2-run-incoming-archive-1-a")
	m.put("news", "mm2-run-smtp-news-1-a")
	m.entry("commands", 1, "From: joiner@example.com\nTo: test-join@example.com\nSubject: x\nMessage-ID: <join@x>\n\n", flag("tojoin"))
	m.entry("commands", 2, "From: leaver@example.com\nTo: test-leave@example.com\nSubject: x\nMessage-ID: <leave@x>\n\n", flag("toleave"))
	m.entry("commands", 3, "From: anne@example.com\nTo: test-confirm+0123456789@example.com\nSubject: x\nMessage-ID: <confirm@x>\n\n", flag("toconfirm"))
	m.entry("bounces", 4, bounce)
	m.entry("bad", 5, "From: anne@example.com\nTo: test@example.com\nSubject: it was preserved\nMessage-ID: <bad@x>\n\nbody\n", flag("tolist"))
	m.entry("in", 6, "From: anne@example.com\nTo: test@example.com\nSubject: it was in flight\nMessage-ID: <flight@x>\n\nbody\n", flag("tolist"))
	for from, to := range map[string]string{
		"bad/" + harness.Base(5) + ".pck": "bad/" + harness.Base(5) + ".psv",
		"in/" + harness.Base(6) + ".pck":  "in/" + harness.Base(6) + ".bak",
	} {
		if err := os.Rename(filepath.Join(m.old, from), filepath.Join(m.old, to)); err != nil {
			t.Fatal(err)
		}
	}
	m.write("../data", "heldmsg-staff-7.txt", []byte("From: stranger@example.com\nTo: staff@example.com\nSubject: it was held\nMessage-ID: <held@x>\n\nbody\n"))
	path, data := golden.CaseFile(t, "heldmsg-mm2")
	m.write("../data", filepath.Base(path), data)

	r := m.migrate("-s", "example.com")
	if r.Status != 0 {
		t.Errorf("status %d\n%s", r.Status, r.Err)
	}
	if n := strings.Count(r.Out, "\n"); n != 14 {
		t.Errorf("it stored %d, not 14:\n%s", n, r.Out)
	}
	for _, queue := range []string{"virgin", "archive", "news"} {
		if !strings.Contains(r.Err, queue+": 1 left: ") {
			t.Errorf("it does not say that %s is left:\n%s", queue, r.Err)
		}
	}
	for _, mail := range []struct{ address, text string }{
		{"bart@example.net", "<222388452.781@mail.example.org>"},       // a post
		{"bart@example.net", "<760085673.190@mail.example.org>"},       // shunted
		{"bart@example.net", "<657304038.909@mail.example.org>"},       // shunted later
		{"bart@example.net", "<bad@x>"},                                // preserved
		{"bart@example.net", "<flight@x>"},                             // in flight
		{"owner@example.com", "<222388452.781@mail.example.org>"},      // to the owner
		{"anne@example.com", "The results of your email command"},      // help
		{"joiner@example.com", "test-confirm+"},                        // join
		{"leaver@example.com", "needed to leave"},                      // leave
		{"user03@example.com", "<231871206.773@mail.example.org>"},     // out
		{"owner2@example.com", "<mailman.9.1700000319.4242.test@exam"}, // retry
	} {
		m.eventually(mail.text+" for "+mail.address, func() bool { return m.arrived(mail.address, mail.text) > 0 })
	}
	var became struct {
		Held    map[string]int
		Bounces []string
	}
	m.eventually("what Mailman 3 holds and counts", func() bool {
		if err := json.Unmarshal(m.python("look"), &became); err != nil {
			t.Fatal(err)
		}
		return became.Held["test"] == 1 && became.Held["staff"] == 2 && slices.Equal(became.Bounces, []string{"user01@example.com"})
	})
	for _, mail := range m.server.Mails() {
		if n := m.arrived(mail.To[0], mail.Text()); n != 1 {
			t.Errorf("%d times the same:\n%s", n, mail.Text())
		}
	}
	left, _ := filepath.Glob(filepath.Join(m.path("var/queue"), "shunt", "*"))
	if len(left) > 0 {
		t.Errorf("Mailman 3 shunted %q", left)
	}

	// The second time nothing is left that could move.
	if r := m.migrate("-s", "example.com"); r.Status != 0 || r.Out != "" {
		t.Errorf("the second time: status %d, stored %q: %s", r.Status, r.Out, r.Err)
	}
	held, _ := filepath.Glob(filepath.Join(m.old, "../data/*"))
	if len(held) != 2 || !strings.HasSuffix(held[0], ".moved") || !strings.HasSuffix(held[1], ".moved") {
		t.Errorf("of the held messages there are %q", held)
	}
}
