package mta

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"switchboard/pkg/message"
	"switchboard/test/harness"
	"switchboard/test/harness/smtpd"
)

// receivers are mail servers that take mail for everybody at many.example.com and keep it in a
// Maildir. Each has the limits that it comes with.
var receivers = map[string]func(*testing.T) *machine{"postfix": postfixReceiver, "exim": eximReceiver}

const postfixReceives = `
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = many.example.com
virtual_mailbox_base = %[1]s
virtual_mailbox_maps = static:box/
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
smtpd_tls_security_level = may
smtpd_tls_cert_file = %[1]s/cert.pem
smtpd_tls_key_file = %[1]s/key.pem
virtual_destination_recipient_limit = 1
default_process_limit = 8
`

func postfixReceiver(t *testing.T) *machine {
	t.Helper()
	m := server(t, "postfix")
	m.certificate()
	m.write("main.cf", fmt.Sprintf(postfixReceives, m.dir), 0o644)
	m.write("aliases", "", 0o644)
	m.write("transport", "", 0o644)
	m.write("master.cf", "smtp inet n - n - - smtpd\n", 0o644)
	m.mailbox(nobody)
	m.run(postfixSetup)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("Postfix logged:\n%s", m.run("tail -n 40 /var/log/postfix.log | cut -c 1-400"))
		}
	})
	return m
}

const eximReceives = `
exim_user = mail
exim_group = mail
never_users =
spool_directory = DIR/spool
log_file_path = DIR/log-%s
primary_hostname = list.example.com
keep_environment =
disable_ipv6
local_interfaces = 127.0.0.1
accept_8bitmime
tls_advertise_hosts = *
tls_certificate = DIR/cert.pem
tls_privatekey = DIR/key.pem
acl_smtp_rcpt = accept
begin routers
all:
  driver = accept
  transport = box
begin transports
box:
  driver = appendfile
  directory = DIR/box
  maildir_format
  batch_max = 5000
  user = mail
  group = mail
begin retry
* * F,5d,1m
`

func eximReceiver(t *testing.T) *machine {
	t.Helper()
	m := server(t, "exim")
	m.certificate()
	m.mailbox(8) // mail
	m.run(eximUser + `mkdir -p $D/spool /etc/exim4; chown mail:mail $D $D/spool; chown mail $D/key.pem; cat >/etc/exim4/exim4.conf <<'END'
` + strings.ReplaceAll(eximReceives, "DIR", m.dir) + "END\nexim4 -bd\n")
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("Exim logged:\n%s", m.run("tail -n 40 $D/log-* | cut -c 1-400"))
		}
	})
	return m
}

func (m *machine) mailbox(owner int) {
	m.Helper()
	path := filepath.Join(m.dir, "box")
	if err := errors.Join(os.Mkdir(path, 0o700), os.Chown(path, owner, owner)); err != nil {
		m.Fatal(err)
	}
}

// certificate writes the server's certificate and its key.
func (m *machine) certificate() {
	m.Helper()
	config, ca := smtpd.Certificate(m.T, "127.0.0.1", -time.Hour, time.Hour)
	text, err := os.ReadFile(ca)
	if err != nil {
		m.Fatal(err)
	}
	m.write("cert.pem", string(text), 0o644)
	der, err := x509.MarshalPKCS8PrivateKey(config.Certificates[0].PrivateKey)
	if err != nil {
		m.Fatal(err)
	}
	m.write("key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), 0o600)
}

// letter is an entry that is sent to a mail server.
type letter struct {
	name, text string
	format     message.Dialect
	to         []string
	more       []message.Item
	// from is the envelope sender; with VERP a part of it.
	from string
}

// letters have what mail servers are known to stumble over.
func letters() []letter {
	const head = "From: anne@example.com\nTo: staff@lists.example.com\nDate: Mon, 30 Nov 2026 12:00:00 +0000\nMessage-ID: <1@example.com>\n"
	references := strings.Repeat(" <0123456789.012345@mail.example.com>", 120)
	var many []string
	for i := range 1500 {
		many = append(many, fmt.Sprintf("r%d@many.example.com", i))
	}
	const list = "test.example-bounces@lists.example.com"
	return []letter{
		{name: "many", text: head + "Subject: many\n\nTo all.\n", to: many, from: list},
		{name: "8-bit", text: head + "Subject: eight bit\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: 8bit\n\nna\xefve \xff\xfe\n", to: []string{"eight@many.example.com"}, from: list},
		{name: "long", text: head + "Subject: long\nReferences:" + references + "\n\nThe header is long.\n" + strings.Repeat("x", 900) + "\n", to: []string{"long@many.example.com"}, from: list},
		{name: "dots", text: head + "Subject: dots\n\n.\n..\n...a\nFrom here\n>From there\n.\n", to: []string{"dots@many.example.com"}, from: list},
		{name: "null", text: head + "Subject: null\n\nNobody asks.\n", to: []string{"null@many.example.com"}, from: "", more: []message.Item{{Key: "envsender", Value: ""}}},
		{name: "VERP", text: head + "Subject: VERP\n\nTo each.\n", to: []string{"v1@many.example.com", "v2@many.example.com"}, from: "test.example-bounces+v", more: []message.Item{{Key: "verp", Value: true}}},
		{name: "of Mailman 3", text: head + "Subject: three\n\n3.\n", format: message.Mailman3, to: []string{"three@many.example.com"}, from: "test-bounces@example"},
	}
}

// TestDeliver sends to real mail servers, with and without TLS: messages to more recipients than a
// server takes at once, long header lines, 8-bit text, a null sender, VERP. Everybody gets the
// message once, byte for byte.
func TestDeliver(t *testing.T) {
	t.Parallel()
	for name, start := range receivers {
		for _, tls := range []string{"required", "off"} {
			t.Run(name+", TLS "+tls, func(t *testing.T) {
				t.Parallel()
				m := start(t)
				m.sendLetters(tls)
				if wrong := m.received(name); len(wrong) > 0 {
					t.Error(strings.Join(wrong, "\n"))
				}
			})
		}
	}
}

// sendLetters stores the letters in a queue, and runs qdeliver inside.
func (m *machine) sendLetters(tls string) {
	m.Helper()
	out := filepath.Join(m.dir, "out")
	if err := os.Mkdir(out, 0o770); err != nil {
		m.Fatal(err)
	}
	for i, l := range letters() {
		to := make([]any, len(l.to))
		for j := range to {
			to[j] = l.to[j]
		}
		key := map[bool]string{false: "recips", true: "recipients"}[l.format == message.Mailman3]
		e := harness.Entry{Base: harness.Base(i), Format: l.format, Text: []byte(l.text), Metadata: append(l.more,
			message.Item{Key: key, Value: to}, message.Item{Key: "nodecorate", Value: true})}
		if _, err := e.Write(out, ".pck"); err != nil {
			m.Fatal(err)
		}
	}
	m.write("deliver.toml", fmt.Sprintf("[deliver]\nserver = \"smtp://127.0.0.1:25\"\ndomain = \"lists.example.com\"\ntls = %q\nca-file = \"%s/cert.pem\"\n", tls, m.dir), 0o644)
	said := ""
	m.eventually("qdeliver has sent everything", func() bool {
		text, err := m.command("exec qdeliver --config $D/deliver.toml $D/out").CombinedOutput()
		said += string(text)
		var exit *exec.ExitError
		if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 75) {
			m.Fatalf("%v: %s", err, text)
		}
		return err == nil
	})
	if left := m.entries("out"); len(left) > 0 || len(m.entries("retry")) > 0 || len(m.entries("shunt")) > 0 {
		m.Errorf("entries are left: %s", said)
	}
}

var (
	folded = regexp.MustCompile(`\n([ \t])`)
	// sentByPostfix and sentByExim are the lines of their logs about one recipient.
	sentByPostfix = regexp.MustCompile(`to=<([^>]+)>.* relay=virtual,.* status=sent`)
	sentByExim    = regexp.MustCompile(`(?:=>|->) .*?([^ <>]+@many\.example\.com)`)
)

// received waits until the server has delivered to everybody, and says what is wrong with what
// it delivered.
func (m *machine) received(name string) (wrong []string) {
	m.Helper()
	log, sent := "/var/log/postfix.log", sentByPostfix
	if name == "exim" {
		log, sent = m.dir+"/log-main", sentByExim
	}
	want := map[string]int{}
	for _, l := range letters() {
		for _, to := range l.to {
			want[to]++
		}
	}
	var got map[string]int
	m.eventually("everything is delivered", func() bool {
		got = map[string]int{}
		for _, line := range sent.FindAllStringSubmatch(m.run("cat "+log), -1) {
			got[line[1]]++
		}
		return len(got) >= len(want)
	})
	for to, n := range got {
		if n != want[to] {
			wrong = append(wrong, fmt.Sprintf("%s got %d copies, not %d", to, n, want[to]))
		}
	}
	all, found := letters(), map[string]bool{}
	paths, err := filepath.Glob(filepath.Join(m.dir, "box", "new", "*"))
	if err != nil {
		m.Fatal(err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			m.Fatal(err)
		}
		i := slices.IndexFunc(all, func(l letter) bool { return strings.HasSuffix(unfold(string(data)), unfold(l.text)) })
		if i < 0 {
			return append(wrong, fmt.Sprintf("not a letter's bytes: %.3000q", data))
		}
		l := all[i]
		found[l.name] = true
		head := strings.TrimSuffix(unfold(string(data)), unfold(l.text))
		if name == "postfix" && !strings.Contains(head, "Return-Path: <"+l.from) {
			wrong = append(wrong, fmt.Sprintf("%s: from another sender: %s", l.name, head))
		}
	}
	for _, l := range all {
		if !found[l.name] {
			wrong = append(wrong, l.name+" was not delivered")
		}
	}
	return wrong
}

// unfold returns a message with each header field on one line.
func unfold(text string) string {
	head, body, _ := strings.Cut(text, "\n\n")
	return folded.ReplaceAllString(head, "$1") + "\n\n" + body
}
