package packages

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestConfiguration checks that the commands take the configuration of the packages, as it
// is and with everything that is commented out.
func TestConfiguration(t *testing.T) {
	qstat := filepath.Join(made(t), "bin/qstat")
	text, err := own.ReadFile("switchboard.toml")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	full := regexp.MustCompile(`(?m)^#(\[|[a-z-]+ = )`).ReplaceAllString(string(text), "$1")
	full = strings.ReplaceAll(full, "/var/lib", dir)
	for name, text := range map[string]string{"as it is": string(text), "uncommented": full} {
		path := filepath.Join(dir, "switchboard.toml")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		queue := filepath.Join(dir, "queue")
		os.Mkdir(queue, 0o755)
		if out := run(t, qstat, "--config", path, "--count", "ready", queue); out != "0\n" {
			t.Errorf("%s: qstat prints %q", name, out)
		}
	}
	if strings.Count(full, "\n[") != 3 {
		t.Errorf("the tables are not uncommented:\n%s", full)
	}
}

// TestLintian has Debian's checker look at the packages.
func TestLintian(t *testing.T) {
	needs(t, false, "lintian")
	run(t, "lintian", "--fail-on", "error,warning", file(t, "switchboard", now, ".deb"), file(t, "switchboard-pg", now, ".deb"))
}

// TestRPM checks what rpm says of the packages.
func TestRPM(t *testing.T) {
	needs(t, false, "rpm")
	ask := func(name string, args ...string) string {
		return run(t, "rpm", append(append([]string{"-qp"}, args...), file(t, name, now, ".rpm"))...)
	}
	if got := ask("switchboard", "--configfiles"); got != "/etc/switchboard.toml\n" {
		t.Errorf("configuration: %q", got)
	}
	if got := ask("switchboard", "--qf", `[%{FILENAMES} %{FILEFLAGS:fflags}\n]`); !strings.Contains(got, "/etc/switchboard.toml cn\n") {
		t.Errorf("rpm may replace the configuration:\n%s", got)
	}
	if got := ask("switchboard-pg", "--requires"); !strings.Contains(got, "switchboard = "+now+"-1\n") {
		t.Errorf("switchboard-pg requires %s", got)
	}
	for _, unit := range []string{"qrun@.service", "qdeliver@.service"} {
		if got := ask("switchboard", "-l"); !strings.Contains(got, "/usr/lib/systemd/system/"+unit+"\n") {
			t.Errorf("%s is missing:\n%s", unit, got)
		}
	}
}

// TestAPK checks what apk reads from the packages.
func TestAPK(t *testing.T) {
	info := run(t, "tar", "xzOf", file(t, "switchboard-pg", now, ".apk"), ".PKGINFO")
	for _, want := range []string{"pkgname = switchboard-pg\n", "pkgver = " + now + "-r0\n", "depend = switchboard=" + now + "-r0\n"} {
		if !strings.Contains(info, want) {
			t.Errorf(".PKGINFO lacks %q:\n%s", want, info)
		}
	}
	for line := range strings.Lines(info) {
		if !strings.Contains(line, " = ") {
			t.Errorf(".PKGINFO has the line %q", line)
		}
	}
	script := run(t, "tar", "xzOf", file(t, "switchboard", now, ".apk"), "etc/init.d/qrun")
	for _, want := range []string{"command=/usr/bin/mm-qrun\n", "qrun_user:=mailman:mailman}"} {
		if !strings.Contains(script, want) {
			t.Errorf("the service lacks %q:\n%s", want, script)
		}
	}
}

// TestScripts checks the scripts of all packages.
func TestScripts(t *testing.T) {
	needs(t, false, "shellcheck", "dpkg-deb", "rpm")
	dir := t.TempDir()
	for _, p := range parts {
		into := filepath.Join(dir, p.name)
		run(t, "dpkg-deb", "-e", file(t, p.name, now, ".deb"), into)
		for _, tag := range []string{"POSTIN", "PREUN", "POSTUN"} {
			script := run(t, "rpm", "-qp", "--qf", "%{"+tag+"}", file(t, p.name, now, ".rpm"))
			if err := os.WriteFile(filepath.Join(into, tag), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		scripts := []string{"postinst", "prerm", "postrm", "POSTIN", "PREUN", "POSTUN"}
		if p.name == "switchboard" {
			run(t, "tar", "xzf", file(t, p.name, now, ".apk"), "-C", into, ".post-install", ".pre-deinstall")
			scripts = append(scripts, ".post-install", ".pre-deinstall")
		}
		for _, name := range scripts {
			path := filepath.Join(into, name)
			run(t, "sh", "-n", path)
			run(t, "shellcheck", "-s", "sh", path)
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if word := regexp.MustCompile(`@[A-Z]+@`).Find(text); word != nil {
				t.Errorf("%s %s still has %s", p.name, name, word)
			}
		}
	}
}
