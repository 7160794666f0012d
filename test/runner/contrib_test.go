package runner

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"switchboard/pkg/message"
	"switchboard/test/harness"
	"switchboard/test/harness/smtpd"
)

// TestContrib checks that systemd accepts the units, and the shell the scripts.
func TestContrib(t *testing.T) {
	t.Parallel()
	contrib := filepath.Join("..", "..", "contrib")
	t.Run("systemd", func(t *testing.T) {
		_, err := exec.LookPath("systemd-analyze")
		harness.Needs(t, "systemd-analyze", err)
		dir := t.TempDir()
		units, err := filepath.Glob(filepath.Join(contrib, "systemd", "*"))
		if err != nil || len(units) < 3 {
			t.Fatalf("units %q, %v", units, err)
		}
		args := []string{"verify", "--man=no"}
		for _, unit := range units {
			text, err := os.ReadFile(unit)
			if err != nil {
				t.Fatal(err)
			}
			// systemd-analyze checks that the programs exist.
			here := strings.NewReplacer("/usr/local/bin/handler", "/bin/true", "/usr/local/bin", harness.Bin(t)).Replace(string(text))
			name := strings.Replace(filepath.Base(unit), "@.", "@out.", 1)
			if name == "pool.conf" { // a part of another unit
				for _, of := range []string{"qrun@out.service.d", "qdeliver@out.service.d"} {
					if err := os.Mkdir(filepath.Join(dir, of), 0o755); err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(filepath.Join(dir, of, name), []byte(here), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				continue
			}
			path := filepath.Join(dir, name)
			if err := os.WriteFile(path, []byte(here), 0o644); err != nil {
				t.Fatal(err)
			}
			args = append(args, path)
		}
		if out, err := exec.Command("systemd-analyze", args...).CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("systemd-analyze: %v\n%s", err, out)
		}
	})
	t.Run("shellcheck", func(t *testing.T) {
		_, err := exec.LookPath("shellcheck")
		harness.Needs(t, "shellcheck", err)
		for _, script := range []string{"migrate-mailman2", "openrc/qrun", "openrc/qdeliver", "rc.d/qrun", "rc.d/qdeliver"} {
			if out, err := exec.Command("shellcheck", filepath.Join(contrib, script)).CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", script, err, out)
			}
		}
	})
}

// TestNoRestartWhenFailing checks that no service is restarted after 69: a command that keeps
// failing, or a server that refuses everything, would shunt more messages each time.
func TestNoRestartWhenFailing(t *testing.T) {
	t.Parallel()
	contrib := filepath.Join("..", "..", "contrib")
	for file, has := range map[string]string{
		"systemd/qrun@.service":      `(?m)^RestartPreventExitStatus=.*\b69\b`,
		"systemd/qdeliver@.service":  `(?m)^RestartPreventExitStatus=.*\b69\b`,
		"systemd/qrun-once@.service": `(?m)^ExecStopPost=\+.*"\$EXIT_STATUS" != 69 .*stop qrun-once@%i\.timer`,
		"openrc/qrun":                `(?m)^command_background=yes$`, // supervise-daemon ignores statuses
		"openrc/qdeliver":            `(?m)^command_background=yes$`,
		"rc.d/qrun":                  `(?m)/daemon -c -f -S `, // without -r
		"rc.d/qdeliver":              `(?m)/daemon -c -f -S `,
	} {
		text, err := os.ReadFile(filepath.Join(contrib, file))
		if err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(has).Match(text) || strings.Contains(string(text), "\nsupervisor=") {
			t.Errorf("%s may be restarted after 69", file)
		}
	}
}

// TestCrontab checks that the jobs of the crontab find their commands with what cron gives
// them, are silent if there is nothing to say, and print everything else.
func TestCrontab(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.make("out")
	s.make("shunt")
	config := filepath.Join(s.TempDir(), "switchboard.toml")
	server := smtpd.Start(t, smtpd.Options{})
	settings := fmt.Sprintf("root = %q\n[deliver]\nserver = %q\ndomain = \"example.com\"\n", s.root, server.URL)
	if err := os.WriteFile(config, []byte(settings), 0o644); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join("..", "..", "contrib", "cron", "switchboard"))
	if err != nil {
		t.Fatal(err)
	}
	// cron's own PATH, unless the file sets another.
	env, jobs := []string{"PATH=/usr/bin:/bin", "SWITCHBOARD_CONFIG=" + config}, map[string]string{}
	here := strings.NewReplacer("/usr/local/bin", harness.Bin(t))
	for line := range strings.SplitSeq(here.Replace(string(text)), "\n") {
		if strings.HasPrefix(line, "PATH=") {
			env = append(env, line)
		}
		// Five fields of time, then the user.
		if f := strings.SplitN(strings.Join(strings.Fields(strings.TrimPrefix(line, "#")), " "), " ", 7); len(f) == 7 && f[5] == "list" {
			jobs[strings.Fields(f[6])[0]+" "+strings.Fields(f[6])[1]] = f[6]
		}
	}
	job := func(name, want string) {
		t.Helper()
		if jobs[name] == "" {
			t.Fatalf("no job %s among %q", name, jobs)
		}
		cmd := exec.Command("/bin/sh", "-c", jobs[name])
		cmd.Dir, cmd.Env = s.root, env
		out, _ := cmd.CombinedOutput()
		if want == "" && len(out) > 0 || !strings.Contains(string(out), want) {
			t.Errorf("%s says %q, want %q", jobs[name], out, want)
		}
	}
	const send, restore, unshunt = "qdeliver -j", "qrestore --min-age", "qrestore --origin"
	job(send, "")
	job(restore, "")
	job(unshunt, "")
	put := func(n int, recipient string) {
		e := harness.Entry{Base: harness.Base(n), Text: []byte(plain(n)), Metadata: []message.Item{
			{Key: "listname", Value: "test"}, {Key: "recips", Value: []any{recipient}}}}
		if _, err := e.Write(s.path("out"), ".pck"); err != nil {
			t.Fatal(err)
		}
	}
	put(4, "anne@example.net")
	put(5, "450.bart@example.net")
	job(send, "")
	put(1, "550.cris@example.net")
	job(send, "refused: 550")
	s.put("in", 2, ".bak", plain(2))
	job(restore, "claimed too recently")
	job(unshunt, "")
	s.holds("out", 1, 0, 0)
	s.put("shunt", 3, ".pck", plain(3))
	job(unshunt, "its metadata has no whichq")
	// A run that has not ended yet is not an error.
	p := s.start("qrun", "out", "sh", "-c", "touch $out/begun; while ! test -e $out/go; do sleep 0.01; done")
	s.eventually("the run", func() bool { return s.exists("begun") })
	job(send, "")
	s.release()
	s.want(p.wait(), 0)
}
