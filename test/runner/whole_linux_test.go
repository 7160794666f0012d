package runner

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"switchboard/test/harness"
)

// large is a message that is longer than any pipe's buffer, and is not kept in memory.
var large = "Subject: large\n\n" + strings.Repeat("a line of the body\n", 100_000)

// TestWholeOrNothing kills qrun before its command has read anything. The command reads the
// whole message, and never a part that ends as if it were the whole.
func TestWholeOrNothing(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"in memory": large[:800_000] + "\n", "on a disk": large} {
		s := newSite(t)
		s.put("in", 1, ".pck", text)
		p := s.start("qrun", "in", "sh", "-c", `echo x >>$out/begun; while ! test -e $out/go; do sleep 0.01; done; cat >$out/read && echo x >>$out/ended`)
		s.eventually("the command", func() bool { return len(s.log("begun")) == 1 })
		p.Process.Kill()
		p.wait()
		s.release()
		s.eventually("the command's end", func() bool { return len(s.log("ended")) == 1 })
		if got, err := os.ReadFile(filepath.Join(s.out, "read")); err != nil || string(got) != text {
			t.Errorf("%s: the command read %d bytes, want %d: %v", name, len(got), len(text), err)
		}
		if strays := strays(t, s.path("in")); len(strays) > 0 {
			t.Errorf("%s: the queue holds %q", name, strays)
		}
	}
}

// strays returns the files of a queue that are neither entries nor the lock file.
func strays(t *testing.T, dir string) (names []string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		if ext := filepath.Ext(e.Name()); ext != ".pck" && ext != ".bak" && e.Name() != "switchboard.lock" {
			names = append(names, e.Name())
		}
	}
	return names
}

// TestNoRoom checks that a message for which there is no room is requeued before its command
// starts, and that the others go on.
func TestNoRoom(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.put("in", 1, ".pck", large)
	s.put("in", 2, ".pck", plain(2))
	cmd := s.command("qrun")
	// Longer files are not possible, on a disk or in memory.
	cmd.Path, cmd.Args = "/bin/sh", []string{"sh", "-c", `ulimit -f 100 && exec "$0" in sh -c 'grep Subject >>$out/read'`, cmd.Path}
	r, err := harness.Wait(cmd, cmd.Start)
	if err != nil {
		t.Fatal(err)
	}
	s.want(r, 75)
	if want := "qrun: in/" + harness.Base(1) + ".bak: no room for a copy of the message: "; !strings.HasPrefix(r.Err, want) {
		t.Errorf("says %q, want %q", r.Err, want)
	}
	s.holds("in", 1, 0, 0)
	if got := strings.Join(s.log("read"), " "); got != "Subject: 2" {
		t.Errorf("read %q", got)
	}
	s.want(s.run("qrun", "in", "sh", "-c", "cat >$out/read"), 0)
	if got, err := os.ReadFile(filepath.Join(s.out, "read")); err != nil || string(got) != large {
		t.Errorf("with room the command read %d bytes: %v", len(got), err)
	}
}

// TestFullQueue checks that a queue on a full filesystem can still be emptied.
func TestFullQueue(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		harness.Needs(t, "root", fmt.Errorf("user %d", os.Geteuid()))
	}
	s := newSite(t)
	t.Cleanup(func() { syscall.Unmount(s.path("in"), syscall.MNT_DETACH) })
	err := syscall.Mount("tmpfs", s.path("in"), "tmpfs", 0, "size=3m,mode=2770")
	harness.Needs(t, "a filesystem of its own", err)
	s.put("in", 1, ".pck", large)
	s.want(s.run("qrun", "in", "sh", "-c", "cat >$out/read"), 0)
	if got, err := os.ReadFile(filepath.Join(s.out, "read")); err != nil || string(got) != large {
		t.Errorf("the command read %d bytes: %v", len(got), err)
	}
}

// TestTempCleaned removes what a run has in the temporary directory between two entries, and the
// directory, as a cleaner may do. The run goes on. Q_METADATA is a file that any program can open
// by its name, even a program that closes the descriptors that it does not know.
func TestTempCleaned(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	temp := t.TempDir()
	cmd := s.command("qrun", "-w", "in", "sh", "-c", `exec 4<&- 5<&- 6<&- 7<&- 8<&- 9<&-; (grep -c listname "$Q_METADATA"; cat <"$Q_METADATA" | grep -c listname) >>$out/metadata`)
	cmd.Env = append(cmd.Env, "TMPDIR="+temp)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.put("in", 1, ".pck", plain(1))
	s.eventually("the first", func() bool { return len(s.files("in", ".pck"))+len(s.files("in", ".bak")) == 0 })
	if left, err := filepath.Glob(filepath.Join(temp, "*")); err != nil || len(left) > 0 {
		t.Errorf("between entries the temporary directory holds %q", left)
	}
	if err := os.RemoveAll(temp); err != nil {
		t.Fatal(err)
	}
	s.put("in", 2, ".pck", plain(2))
	s.eventually("the second", func() bool { return len(s.files("in", ".pck"))+len(s.files("in", ".bak")) == 0 })
	cmd.Process.Signal(syscall.SIGTERM)
	cmd.Wait()
	if got := cmd.ProcessState.ExitCode(); got != 0 {
		t.Errorf("exit status %d, want 0", got)
	}
	if got := strings.Join(s.log("metadata"), " "); got != "1 1 1 1" {
		t.Errorf("the metadata was found %q", got)
	}
}

// TestMetadataInPython uses Q_METADATA in a child of Python, which closes all descriptors that it
// was not told to pass on.
func TestMetadataInPython(t *testing.T) {
	t.Parallel()
	python, err := exec.LookPath("python3")
	harness.Needs(t, "python3", err)
	jq, err := exec.LookPath("jq")
	harness.Needs(t, "jq", err)
	s := newSite(t)
	s.fill(1, plain)
	script := `import json, os, subprocess
name = json.load(open(os.environ["Q_METADATA"]))["listname"]
again = subprocess.run(["` + jq + `", "-r", ".listname", os.environ["Q_METADATA"]], capture_output=True, text=True, check=True).stdout.strip()
print(name, again)`
	for _, temp := range []string{t.TempDir(), filepath.Join(s.root, "missing")} {
		cmd := s.command("qrun", "--keep", "in", python, "-c", script)
		cmd.Env = append(cmd.Env, "TMPDIR="+temp)
		r, err := harness.Wait(cmd, cmd.Start)
		if err != nil {
			t.Fatal(err)
		}
		if s.want(r, 0); r.Out != "test.example test.example\n" {
			t.Errorf("with the temporary directory %s: %q", temp, r.Out)
		}
	}
}
