package packages

import (
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestDebian installs the packages on a Debian, changes the configuration, upgrades,
// removes and purges them. What is left then is the mail.
func TestDebian(t *testing.T) {
	m := newMachine(t)
	for _, number := range []string{before, now} {
		m.take(file(t, "switchboard", number, ".deb"), file(t, "switchboard-pg", number, ".deb"))
	}
	// What the scripts would tell systemd.
	m.write("usr/local/bin/systemctl", "#!/bin/sh\necho \"$*\" >>/root/systemctl\n")
	m.sh("chmod 755 /usr/local/bin/systemctl && mkdir -p /run/systemd/system && touch /root/systemctl")
	told := func(doing, want string) {
		t.Helper()
		if got := m.sh("cat /root/systemctl; : >/root/systemctl"); got != want {
			t.Errorf("%s tells systemctl\n%s, want\n%s", doing, got, want)
		}
	}
	const reload = "--system daemon-reload\n"
	fresh := m.files()

	if out := m.sh("dpkg -i /packages/switchboard_" + before + "*.deb"); strings.Contains(out, "there is no group") {
		t.Errorf("Debian has the group list, but the package says:\n%s", out)
	}
	if out := m.sh("mm-qstat pg:in 2>&1 && exit 1; echo $?"); !strings.Contains(out, "the package switchboard-pg has it") || !strings.HasSuffix(out, "\n69\n") {
		t.Errorf("without switchboard-pg, a queue in PostgreSQL is\n%s", out)
	}
	told("installing", reload)
	m.sh("dpkg -i /packages/switchboard-pg_" + before + "*.deb")
	told("installing", reload)
	if out := m.sh("mm-qstat pg:in 2>&1 && exit 1; echo $?"); strings.Contains(out, "is not installed") {
		t.Errorf("mm-qstat does not find switchboard-pg:\n%s", out)
	}

	// The configuration turns the log on.
	lines, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(m.dir, "dev/log"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	lines.SetReadDeadline(time.Now().Add(time.Minute))
	said := m.sh(`mkdir -p /srv/qfiles/in && echo 'Subject: kept' | mm-qenqueue -l staff /srv/qfiles/in`)
	line := make([]byte, 1<<16)
	if n, err := lines.Read(line); err != nil || !strings.Contains(string(line[:n]), strings.TrimSpace(said)) {
		t.Errorf("the log of a new entry is %q, %v", line[:n], err)
	}
	lines.Close()
	mail := m.sh("cksum /srv/qfiles/in/*")

	m.sh(`echo 'max-restores = 5' >>/etc/switchboard.toml
mkdir -p /etc/systemd/system/multi-user.target.wants
ln -s /usr/lib/systemd/system/qrun@.service /etc/systemd/system/multi-user.target.wants/qrun@in.service
sha256sum /etc/switchboard.toml >/root/changed`)
	m.sh("dpkg -i /packages/*_" + now + "*.deb </dev/null && sha256sum -c /root/changed && test ! -e /etc/switchboard.toml.dpkg-new")
	if out := m.sh(`dpkg-query -W -f '${Package} ${Version} ${db:Status-Status}\n' switchboard switchboard-pg`); out != "switchboard "+now+"-1 installed\nswitchboard-pg "+now+"-1 installed\n" {
		t.Errorf("after the upgrade there are\n%s", out)
	}
	told("upgrading", reload+"try-restart --no-block qdeliver@*.service qrun@*.service\n"+
		reload+"try-restart --no-block qdeliver@*.service qmove@*.service qrun@*.service\n")
	m.sh("dpkg --verify switchboard-pg && dpkg -r switchboard-pg switchboard && sha256sum -c /root/changed && test ! -e /usr/bin/mm-qstat && test -L /etc/systemd/system/multi-user.target.wants/qrun@in.service")
	told("removing", "stop qmove@*.service\n"+reload+
		"stop qdeliver@*.service qrun-once@*.service qrun-once@*.timer qrun@*.service switchboard-metrics.service switchboard-metrics.timer\n"+reload)
	m.sh("dpkg -P switchboard-pg switchboard && test ! -e /etc/switchboard.toml")
	if got := m.sh("cksum /srv/qfiles/in/*"); got != mail {
		t.Errorf("the mail was %s, and is %s", mail, got)
	}
	known := strings.Split(fresh, "\n")
	for left := range strings.Lines(m.files()) {
		left = strings.TrimSuffix(left, "\n")
		switch {
		case slices.Contains(known, left), strings.HasPrefix(left, "/srv/qfiles"), left == "/root/changed":
		case left == "/etc/systemd/system/multi-user.target.wants", left == "/dev/log", strings.HasPrefix(left, "/var/lib/dpkg/"), strings.HasPrefix(left, "/var/log/"):
		default:
			t.Errorf("purged, but %s is left", left)
		}
	}

	if out := m.sh("sed -i /^list:/d /etc/group && dpkg -i /packages/switchboard_" + now + "*.deb 2>&1"); !strings.Contains(out, `there is no group "list"`) {
		t.Errorf("without the group list the package says:\n%s", out)
	}
}

// TestFedora does the same with rpm, on the files of a Debian.
func TestFedora(t *testing.T) {
	needs(t, true, "rpm")
	m := newMachine(t)
	rpm := func(args ...string) string {
		return run(t, "rpm", append([]string{"--root", m.dir, "--dbpath", "/var/lib/rpm", "--nodeps"}, args...)...)
	}
	run(t, "sh", "-c", `rpm --root "$1" --dbpath /var/lib/rpm --nodeps -i "$2" "$3" 2>&1 | grep -q 'there is no group "mailman"'`,
		"sh", m.dir, file(t, "switchboard", before, ".rpm"), file(t, "switchboard-pg", before, ".rpm"))
	m.sh(`echo 'max-restores = 5' >>/etc/switchboard.toml; sha256sum /etc/switchboard.toml >/root/changed
mkdir -p /srv/qfiles/in && echo 'Subject: kept' | mm-qenqueue -l staff /srv/qfiles/in >/root/entry 2>/dev/null
grep -qx User=mailman /usr/lib/systemd/system/qrun@.service`)
	rpm("-U", file(t, "switchboard", now, ".rpm"), file(t, "switchboard-pg", now, ".rpm"))
	m.sh("sha256sum -c /root/changed && mm-qstat --help >/dev/null && test -e /usr/share/licenses/switchboard/LICENSE")
	rpm("-e", "switchboard-pg", "switchboard")
	m.sh("test ! -e /usr/bin/mm-qstat && test -e $(cat /root/entry) && mv /etc/switchboard.toml.rpmsave /etc/switchboard.toml && sha256sum -c /root/changed")
}
