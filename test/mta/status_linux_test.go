package mta

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"switchboard/test/harness"
)

// bin returns the directory of the commands.
func (m *machine) bin() string { return harness.Bin(m.T) }

// status runs a script as a mail server would, with the message on standard input.
func (m *machine) status(name string) (status int, stdout, stderr string) {
	m.Helper()
	cmd := m.command(fmt.Sprintf("exec setpriv --reuid=%d --regid=%d --clear-groups $D/run/%s", nobody, nobody, name))
	cmd.Stdin = strings.NewReader(mail)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) && !errors.Is(err, syscall.EPIPE) {
		m.Fatal(err)
	}
	if status = cmd.ProcessState.ExitCode(); status < 0 {
		status = 128 + int(cmd.ProcessState.Sys().(syscall.WaitStatus).Signal())
	}
	return status, out.String(), said.String()
}

// TestStatus checks that each failure has the status of the contract, and that a message that
// was not stored leaves nothing in the queue.
func TestStatus(t *testing.T) {
	t.Parallel()
	for _, quiet := range []bool{false, true} {
		t.Run(map[bool]string{false: "loud", true: "quiet"}[quiet], func(t *testing.T) {
			t.Parallel()
			m := start(t, "")
			m.prepare(quiet)
			for _, f := range failures {
				before := len(m.entries("q"))
				status, out, said := m.status(f.name)
				logged := m.logged()
				where := f.line(quiet)
				if status != f.status {
					t.Errorf("%s\nexits %d, want %d\n%s%s", where, status, f.status, out, said)
				}
				stored := len(m.entries("q")) - before
				if (stored == 1) != (f.status == 0) {
					t.Errorf("%s\nstores %d messages\n%s%s", where, stored, out, said)
				}
				told, other := said, logged
				silent := strings.Contains(where, "qenqueue -q")
				if silent {
					told, other = logged, said+out
				}
				if other != "" {
					t.Errorf("%s\nwrites in the wrong place: %q", where, other)
				}
				if nothing := f.said == "" && f.status == 0; nothing && told != "" || !strings.Contains(told, f.said) && !(silent && f.unlogged()) {
					t.Errorf("%s\ntells %q, want %q", where, told, f.said)
				}
			}
		})
	}
}

// TestDefaultConfiguration stores messages while the machine's configuration file is being
// saved: QUEUE is a path and needs nothing from the file.
func TestDefaultConfiguration(t *testing.T) {
	t.Parallel()
	m := start(t, "")
	m.prepare(false)
	for _, file := range []struct {
		script, why string
	}{
		{`printf 'root = "/var/li' >/etc/switchboard.toml`, "switchboard.toml:1: "},
		{`chmod 0 /etc/switchboard.toml`, "switchboard.toml: permission denied"},
		{`rm /etc/switchboard.toml; mkdir /etc/switchboard.toml`, "switchboard.toml: is a directory"},
	} {
		m.run(file.script)
		if status, _, said := m.status("stored"); status != 75 || !strings.Contains(said, file.why) {
			t.Errorf("after %s: %d %s", file.script, status, said)
		}
	}
	m.run("rmdir /etc/switchboard.toml")
	if status, _, said := m.status("stored"); status != 0 {
		t.Errorf("without a configuration: %d %s", status, said)
	}
}

// TestReaderGone checks that qenqueue survives a mail server that has closed its end of the
// pipes.
func TestReaderGone(t *testing.T) {
	t.Parallel()
	m := start(t, "")
	m.prepare(false)
	for name, want := range map[string]int{"stored": 75, "stored-quiet": 0, "stored-noisy": 0, "queue-missing": 75, "no-queue": 64} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		r.Close()
		cmd := m.command(fmt.Sprintf("exec setpriv --reuid=%d --regid=%d --clear-groups $D/run/%s", nobody, nobody, name))
		cmd.Stdin = strings.NewReader(mail)
		cmd.Stdout, cmd.Stderr = w, w
		cmd.Run()
		w.Close()
		if got := cmd.ProcessState.ExitCode(); got != want {
			t.Errorf("%s: %v, want %d", name, cmd.ProcessState, want)
		}
	}
}
