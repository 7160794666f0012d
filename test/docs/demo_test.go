package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"switchboard/test/harness"
	"switchboard/test/harness/kernel"
	"switchboard/test/harness/postgres"
)

// TestDemo runs the demo, which checks itself. Then it runs the demo with broken
// commands: a demo that cannot fail proves nothing.
func TestDemo(t *testing.T) {
	t.Parallel()
	demonstrate(t, "demo.sh", map[string]string{
		"qrestore": "exit 0",                          // restores nothing
		"qfinish":  "exit 0",                          // finishes nothing
		"qdequeue": `ls in/*.pck | head -n 1`,         // claims nothing
		"qcat":     `"$BIN/qcat" "$@" | sed s/e/E/`,   // changes the message
		"qenqueue": `"$BIN/qenqueue" "$@"; rm in/*1*`, // loses one
	})
}

// TestDemoPG does the same with the demo of queues in PostgreSQL.
func TestDemoPG(t *testing.T) {
	t.Parallel()
	postgres.Need(t)
	demonstrate(t, "demo-pg.sh", map[string]string{
		"qrestore": "exit 0",                                                                      // restores nothing, not even what it may
		"qfinish":  `"$BIN/qfinish" "${1%@*}@$(qstat -e --state inflight pg:in | sed 's/.*@//')"`, // finishes what another one has claimed
		"qenqueue": `"$BIN/qenqueue" "$@" | sed '$d'`,                                             // does not say what it has stored
		"qmove":    `"$BIN/qmove" "$@"; rm -f back/*`,                                             // loses everything
	})
}

// demonstrate runs a demo, that of files on an old kernel, too. Then it runs the demo once with
// each of some scripts in the place of commands, which it must notice. The scripts know the real
// commands by BIN.
func demonstrate(t *testing.T, script string, broken map[string]string) {
	bin, err := filepath.Abs(harness.Bin(t))
	if err != nil {
		t.Fatal(err)
	}
	demo := func(t *testing.T, path string, on kernel.Kernel) (string, error) {
		// Another user, who runs a server, must be able to enter it.
		tmp, err := os.MkdirTemp("/tmp", "demo-")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.RemoveAll(tmp) })
		if err := os.Chmod(tmp, 0o755); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("sh", filepath.Join(root, "test", script))
		cmd.Env = append(os.Environ(), "PATH="+path+":"+os.Getenv("PATH"), "TMPDIR="+tmp, "BIN="+bin)
		if on != "" {
			if err := on.On(cmd); err != nil {
				return "", err
			}
		}
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	out, err := demo(t, bin, "")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if strings.Contains(out, "\x1b") {
		t.Errorf("it is not plain text:\n%s", out)
	}
	if script == "demo.sh" && runtime.GOOS == "linux" { // a server of PostgreSQL needs newer calls
		if out, err := demo(t, bin, kernel.Linux32); err != nil {
			t.Errorf("on %s: %v\n%s", kernel.Linux32, err, out)
		}
	}
	for name, script := range broken {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := harness.WriteProgram(filepath.Join(dir, name), "#!/bin/sh\n"+script+"\n"); err != nil {
				t.Fatal(err)
			}
			if out, err := demo(t, dir+":"+bin, ""); err == nil {
				t.Errorf("the demo does not notice\n%s", out)
			}
		})
	}
}
