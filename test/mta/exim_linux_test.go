package mta

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// eximConf is ../shared/cases/F4-exim/exim.conf with a router for each transport. The
// prefix of the local part chooses the transport.
const eximConf = `
exim_user = mail
exim_group = mail
never_users =
spool_directory = DIR/spool
log_file_path = DIR/log-%s
primary_hostname = list.example.com
qualify_domain = list.example.com
keep_environment =
trusted_users = root
disable_ipv6
begin routers
ROUTERS
snd:
  driver = accept
  transport = mbox
begin transports
TRANSPORTS
mbox:
  driver = appendfile
  file = DIR/anne/mbox
  user = mail
  group = mail
begin retry
* * F,5d,1m
`

// eximTransports has the options of the pipe transports, by prefix.
var eximTransports = map[string]string{
	"example":   "return_output",                    // from Exim's own example configuration
	"plain":     "ignore_status = false",            // the default
	"debian":    "return_fail_output",               // Debian's address_pipe
	"all":       "temp_errors = *",                  // the same without freeze_signal
	"forgiving": "temp_errors = *\n  freeze_signal", // from qenqueue(1)
}

// eximUser makes the user that Debian's Exim insists on.
const eximUser = `echo 'Debian-exim:x:64003:64003::/var/spool/exim4:/usr/sbin/nologin' >>/etc/passwd
echo 'Debian-exim:x:64003:' >>/etc/group
`

// exim sets up Exim, with an alias for each script.
func exim(t *testing.T, quiet bool, more func(*machine)) *machine {
	t.Helper()
	m := server(t, "exim")
	m.prepare(quiet)
	more(m)
	var aliases, routers, transports strings.Builder
	scripts, _ := filepath.Glob(filepath.Join(m.dir, "run", "*"))
	for _, path := range scripts {
		fmt.Fprintf(&aliases, "%s: |%s\n", filepath.Base(path), path)
	}
	for prefix, options := range eximTransports {
		fmt.Fprintf(&routers, `%[1]s:
  driver = redirect
  local_part_prefix = %[1]s-
  data = ${lookup{$local_part}lsearch{DIR/aliases}}
  user = nobody
  group = nogroup
  pipe_transport = %[1]s_pipe
`, prefix)
		fmt.Fprintf(&transports, "%s_pipe:\n  driver = pipe\n  %s\n", prefix, options)
	}
	conf := strings.NewReplacer("ROUTERS\n", routers.String(), "TRANSPORTS\n", transports.String()).Replace(eximConf)
	m.write("aliases", aliases.String(), 0o644)
	m.write("anne/dir", "", 0o644)
	m.run(eximUser + `mkdir -p $D/spool; chown mail:mail $D $D/spool $D/anne; mkdir -p /etc/exim4; cat >/etc/exim4/exim4.conf <<'END'
` + strings.ReplaceAll(conf, "DIR", m.dir) + "END\n")
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("Exim logged:\n%s", m.run("tail -n 100 $D/log-* | cut -c 1-400"))
		}
	})
	return m
}

// eximLine is a line in Exim's main log about one recipient.
var eximLine = regexp.MustCompile(`(?m)^\S+ \S+ \S+ (=>|->|==|\*\*) .*<([^@>]+)@list\.example\.com>(.*)$`)

// delivered sends a message to the aliases, with the prefix before their names, and returns
// their fates after the first try.
func (m *machine) delivered(mail, prefix string, names ...string) map[string]fate {
	m.Helper()
	var to []string
	for _, name := range names {
		to = append(to, prefix+"-"+name)
	}
	cmd := m.command("exec exim4 -odf -oi -f anne@list.example.com " + strings.Join(to, " "))
	cmd.Stdin = strings.NewReader(mail)
	if out, err := cmd.CombinedOutput(); err != nil {
		m.Fatalf("%v\n%s", err, out)
	}
	all := map[string]fate{}
	log, err := os.ReadFile(filepath.Join(m.dir, "log-main"))
	if err != nil {
		m.Fatal(err)
	}
	status := map[string]string{"=>": "sent", "->": "sent", "==": "deferred", "**": "bounced"}
	for _, f := range eximLine.FindAllStringSubmatch(string(log), -1) {
		if name, ok := strings.CutPrefix(f[2], prefix+"-"); ok {
			all[name] = fate{"", status[f[1]], f[3]}
		}
	}
	return all
}

// eximFate is what Exim does with each status of the contract.
var eximFate = map[int]string{0: "sent", 64: "bounced", 65: "bounced", 66: "bounced", 75: "deferred"}

// TestEximQuiet checks that with -q Exim keeps a message that was not stored, whatever its
// transport does with output.
func TestEximQuiet(t *testing.T) {
	t.Parallel()
	m := exim(t, true, func(*machine) {})
	for _, prefix := range []string{"example", "plain", "debian", "all"} {
		before := len(m.entries("q"))
		got := m.delivered(mail, prefix, names(failures)...)
		stored := 0
		for _, f := range failures {
			want := eximFate[f.status]
			if prefix == "all" && want == "bounced" {
				want = "deferred"
			}
			if f.status == 0 {
				stored++
			}
			if is := got[f.name]; is.status != want {
				t.Errorf("%s: %s\nis %s (%s), want %s", prefix, f.line(true), is.status, is.why, want)
			}
		}
		if n := len(m.entries("q")) - before; n != stored {
			t.Errorf("%s: %d entries, want %d", prefix, n, stored)
		}
	}
}

// TestEximLoud checks that without -q the transport of Exim's example configuration bounces
// a message that was stored, and one that should be tried again.
func TestEximLoud(t *testing.T) {
	t.Parallel()
	m := exim(t, false, func(*machine) {})
	got := m.delivered(mail, "example", "stored", "queue-missing")
	if got["stored"].status != "bounced" || got["queue-missing"].status != "bounced" || len(m.entries("q")) != 1 {
		t.Errorf("%v, %d entries: the manual says otherwise", got, len(m.entries("q")))
	}
	got = m.delivered(mail, "debian", "stored", "queue-missing")
	if got["stored"].status != "sent" || got["queue-missing"].status != "deferred" {
		t.Errorf("%v: the manual says otherwise", got)
	}
}

// TestEximAlias checks that with contrib/qenqueue-alias Exim keeps what it would bounce, and
// nothing else.
func TestEximAlias(t *testing.T) {
	t.Parallel()
	m := exim(t, false, (*machine).wrap)
	for _, prefix := range []string{"example", "debian", "forgiving"} {
		var list []string
		for _, l := range limits {
			list = append(list, "bare-"+l.name, "wrapped-"+l.name)
		}
		got := m.delivered(mail, prefix, list...)
		for _, l := range limits {
			bare, wrapped := l.exim, l.wrapped
			if prefix == "forgiving" {
				bare, wrapped = strings.Replace(bare, "bounced", "deferred", 1), strings.Replace(wrapped, "bounced", "deferred", 1)
			}
			if is := got["bare-"+l.name]; is.status != bare {
				t.Errorf("%s: %s\nis %v, want %s", prefix, l.line, is, bare)
			}
			if is := got["wrapped-"+l.name]; is.status != wrapped {
				t.Errorf("%s: %s\nbehind qenqueue-alias is %v, want %s", prefix, l.line, is, wrapped)
			}
		}
	}
}

// TestEximKilled checks what the queue has if a writer dies: a part of the message,
// which looks complete. Exim sends the message again.
func TestEximKilled(t *testing.T) {
	t.Parallel()
	m := exim(t, false, (*machine).slow)
	cmd := m.command("exec exim4 -odf -oi -f anne@list.example.com plain-" + slowAlias)
	cmd.Stdin = strings.NewReader(long)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	m.killWriter(slowAlias)
	if err := cmd.Wait(); err != nil {
		if _, ended := err.(*exec.ExitError); !ended {
			t.Fatal(err)
		}
	}
	m.partAndWhole(slowAlias, "exim4 -qff")
}
