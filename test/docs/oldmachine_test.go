package docs

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"switchboard/test/golden"
)

// TestCopyFromOldMachine runs the commands of switchboard(7) that copy the queues of another
// machine, and compares the names, owners, modes, times and bytes.
func TestCopyFromOldMachine(t *testing.T) {
	t.Parallel()
	tool(t, "tar")
	body, _ := section(page(t, "switchboard.7"), "COMPATIBILITY")
	_, rest, _ := strings.Cut(body, ".Bd -literal -offset indent\n")
	script, _, ok := strings.Cut(rest, "\n.Ed")
	if !ok || !strings.Contains(script, "ssh old ") {
		t.Fatalf("the commands are %q", script)
	}
	base := t.TempDir()
	old, srv, bin := filepath.Join(base, "old"), filepath.Join(base, "srv"), filepath.Join(base, "bin")
	for _, dir := range []string{old + "/in", old + "/bad", srv, bin} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for i, c := range golden.All(t) {
		path := filepath.Join(old, "in", fmt.Sprintf("%d.5+%040x.pck", 1300000000+i, i))
		at := time.Unix(1300000000+int64(i), 500)
		if err := errors.Join(os.WriteFile(path, c.Data, 0o600), os.Chmod(path, 0o660), os.Chtimes(path, at, at)); err != nil {
			t.Fatal(err)
		}
		if os.Getuid() == 0 {
			if err := os.Chown(path, 38, 1000+i); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.Chmod(old+"/in", 0o770|fs.ModeSetgid); err != nil {
		t.Fatal(err)
	}
	// Whoever runs "ssh old COMMAND" here runs the command.
	if err := os.WriteFile(bin+"/ssh", []byte("#!/bin/sh\nexec sh -c \"$2\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-ec", strings.NewReplacer("/var/spool/mailman", old, "/srv", srv).Replace(roff(script)))
	cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"))
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("%v\n%s", err, out)
	}
	if want, got := described(t, old), described(t, srv+"/qfiles"); got != want || strings.Count(want, "\n") < 20 {
		t.Errorf("copied\n%sas\n%s", want, got)
	}
}

// described returns a line about each file below a directory.
func described(t *testing.T, dir string) string {
	t.Helper()
	var lines strings.Builder
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		st := info.Sys().(*syscall.Stat_t)
		var sum [sha256.Size]byte
		if info.Mode().IsRegular() {
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			sum = sha256.Sum256(text)
		}
		_, err = fmt.Fprintf(&lines, "%s %v %d:%d %d %x\n", strings.TrimPrefix(path, dir), info.Mode(), st.Uid, st.Gid, info.ModTime().Unix(), sum[:4])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines.String()
}
