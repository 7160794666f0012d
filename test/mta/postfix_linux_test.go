package mta

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const postfixSetup = `
set -e
echo 'postfix:x:64001:64001::/var/spool/postfix:/usr/sbin/nologin' >>/etc/passwd
printf 'postfix:x:64001:\npostdrop:x:64002:\n' >>/etc/group
mkdir -p /var/spool/postfix /var/lib/postfix
chown postfix /var/lib/postfix
cat >/etc/postfix/main.cf <<END
compatibility_level = 3.6
myhostname = list.example.com
mydestination = list.example.com
inet_interfaces = loopback-only
inet_protocols = ipv4
alias_maps = hash:$D/aliases
maillog_file = /var/log/postfix.log
scripts_destination_recipient_limit = 1
transport_maps = hash:$D/transport
transport_retry_time = 1s
service_throttle_time = 1s
END
[ ! -e "$D/main.cf" ] || cat "$D/main.cf" >>/etc/postfix/main.cf
# As distributed, but not chrooted; the services of other programs are left out.
awk '/^[a-z]/ && $2 ~ /^unix/ && $8 != "pipe" { $5 = "n"; print }' /usr/share/postfix/master.cf.dist >/etc/postfix/master.cf
cat "$D/master.cf" >>/etc/postfix/master.cf
postalias "hash:$D/aliases"
postmap "hash:$D/transport"
postfix start >/dev/null 2>&1 || { cat /var/log/postfix.log; exit 1; }
`

// byPipe is the prefix of recipients whose scripts pipe(8) runs, instead of local(8).
const byPipe = "pipe-"

// postfix starts Postfix with an alias for each script. more makes more scripts.
func postfix(t *testing.T, more func(*machine)) *machine {
	t.Helper()
	m := server(t, "postfix")
	m.prepare(false)
	more(m)
	var aliases, transport, master strings.Builder
	scripts, _ := filepath.Glob(filepath.Join(m.dir, "run", "*"))
	for _, path := range scripts {
		name := filepath.Base(path)
		fmt.Fprintf(&aliases, "%s: \"|%s\"\n", name, path)
		fmt.Fprintf(&transport, "%s%s@list.example.com scripts:\n", byPipe, name)
		if err := os.Symlink(name, filepath.Join(m.dir, "run", byPipe+name)); err != nil {
			t.Fatal(err)
		}
	}
	fmt.Fprintf(&aliases, "anne: %s\n", filepath.Join(m.dir, "anne", "mbox"))
	os.Mkdir(filepath.Join(m.dir, "anne"), 0o755)
	os.Chown(filepath.Join(m.dir, "anne"), nobody, nobody)
	fmt.Fprintf(&master, "scripts unix - n n - - pipe flags=FR user=nobody argv=%s/run/${user}\n", m.dir)
	m.write("aliases", aliases.String(), 0o644)
	m.write("transport", transport.String(), 0o644)
	m.write("master.cf", master.String(), 0o644)
	m.run(postfixSetup)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("Postfix logged:\n%s", m.run("tail -n 100 /var/log/postfix.log | cut -c 1-400"))
		}
	})
	return m
}

// fate is what a mail server did with the message for one recipient.
type fate struct{ dsn, status, why string }

var postfixLine = regexp.MustCompile(`(?m)to=<([^@>]+)@list\.example\.com>.*dsn=([\d.]+), status=(\w+) \((.*)$`)

// fates returns the last fate of each recipient in Postfix's log.
func (m *machine) fates() map[string]fate {
	all := map[string]fate{}
	for _, f := range postfixLine.FindAllStringSubmatch(m.run("cat /var/log/postfix.log"), -1) {
		all[f[1]] = fate{f[2], f[3], f[4]}
	}
	return all
}

// posted sends a message to the aliases and waits for their fates.
func (m *machine) posted(mail string, names ...string) map[string]fate {
	m.Helper()
	cmd := m.command("sendmail -f anne@list.example.com " + strings.Join(names, " "))
	cmd.Stdin = strings.NewReader(mail)
	if out, err := cmd.CombinedOutput(); err != nil {
		m.Fatalf("%v\n%s", err, out)
	}
	var got map[string]fate
	m.eventually("the fate of every recipient", func() bool {
		got = m.fates()
		for _, name := range names {
			if _, ok := got[name]; !ok {
				return false
			}
		}
		return true
	})
	return got
}

// postfixDSN is what Postfix does with each status of the contract.
var postfixDSN = map[int]fate{
	0:  {"2.0.0", "sent", ""},
	64: {"5.3.0", "bounced", ""},
	65: {"5.6.0", "bounced", ""},
	66: {"5.3.0", "bounced", ""},
	75: {"4.3.0", "deferred", ""},
}

func names(all []failure) []string {
	var list []string
	for _, f := range all {
		list = append(list, f.name)
	}
	return list
}

// TestPostfix checks that Postfix keeps a message that was not stored, and bounces only if
// another try would not help.
func TestPostfix(t *testing.T) {
	t.Parallel()
	m := postfix(t, func(*machine) {})
	var to []string
	for _, f := range failures {
		to = append(to, f.name, byPipe+f.name)
	}
	got := m.posted(mail, to...)
	stored := 0
	for _, f := range failures {
		want, is, piped := postfixDSN[f.status], got[f.name], got[byPipe+f.name]
		if f.unlogged() {
			// The runtime exits with 2 before main: it needs two more descriptors for
			// a pipe that does not block, such as Postfix's.
			want = fate{"5.3.0", "bounced", ""}
		}
		if f.status == 0 {
			stored += 2
		}
		for _, is := range []fate{is, piped} {
			if is.dsn != want.dsn || is.status != want.status {
				t.Errorf("%s\nis %s %s (%s), want %s %s", f.script, is.status, is.dsn, is.why, want.status, want.dsn)
			}
		}
	}
	if n := len(m.entries("q")); n != stored {
		t.Errorf("%d entries, want %d", n, stored)
	}
	// The sender gets one notice of the bounces, and nothing else.
	var notice string
	m.eventually("the notice", func() bool {
		b, _ := os.ReadFile(filepath.Join(m.dir, "anne", "mbox"))
		notice = string(b)
		return strings.Contains(notice, "Status: 5.6.0")
	})
	for _, f := range failures {
		told := strings.Contains(notice, "Final-Recipient: rfc822; "+f.name+"@list.example.com\n")
		if told != (got[f.name].status == "bounced") {
			t.Errorf("%s: %v, and the sender is told: %v", f.name, got[f.name], told)
		}
	}

	// What was deferred is stored once a person has fixed the cause.
	queue := filepath.Join(m.dir, "nosuch")
	if err := os.Mkdir(queue, 0o770); err != nil {
		t.Fatal(err)
	}
	os.Chown(queue, nobody, nobody)
	m.run("postqueue -f")
	m.eventually("the message is stored", func() bool { return m.fates()["queue-missing"].status == "sent" })
	if n := len(m.entries("nosuch")); n == 0 {
		t.Error("Postfix reports a delivery, but the queue is empty")
	}
}

// TestPostfixAlias checks that with contrib/qenqueue-alias Postfix keeps what it would
// bounce, and nothing else.
func TestPostfixAlias(t *testing.T) {
	t.Parallel()
	m := postfix(t, (*machine).wrap)
	var list []string
	for _, l := range limits {
		list = append(list, "bare-"+l.name, "wrapped-"+l.name)
	}
	got := m.posted(mail, list...)
	for _, l := range limits {
		if is := got["bare-"+l.name]; is.status != l.postfix {
			t.Errorf("%s\nis %v, want %s", l.line, is, l.postfix)
		}
		if is := got["wrapped-"+l.name]; is.status != l.wrapped || l.wrapped == "deferred" && is.dsn != "4.3.0" {
			t.Errorf("%s\nbehind qenqueue-alias is %v, want %s", l.line, is, l.wrapped)
		}
	}
}

// TestPostfixKilled checks what the queue has if a writer dies: a part of the message,
// which looks complete. Both of Postfix's writers send the message again.
func TestPostfixKilled(t *testing.T) {
	t.Parallel()
	m := postfix(t, (*machine).slow)
	for _, name := range []string{slowAlias, slowPipe} {
		to := name
		if name == slowPipe {
			to = byPipe + name
		}
		cmd := m.command("sendmail -f anne@list.example.com " + to)
		cmd.Stdin = strings.NewReader(long)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		m.killWriter(name)
		m.partAndWhole(name, "postqueue -f")
	}
}
