package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"switchboard/internal/dist/tree"
)

// checkout returns a repository of the project as it is on the disk, committed and tagged
// as version 9.9.9.
func checkout(t *testing.T) string {
	t.Helper()
	root, err := exec.Command("git", "rev-parse", "--show-toplevel").Output()
	if err != nil {
		t.Skip("SKIP: no git checkout to make a release of")
	}
	from, to := strings.TrimSpace(string(root)), t.TempDir()
	for name := range strings.SplitSeq(must(t, from, nil, "git", "ls-files", "-z", "-co", "--exclude-standard"), "\x00") {
		info, err := os.Stat(filepath.Join(from, name))
		if err != nil || !info.Mode().IsRegular() {
			continue // deleted, but not committed yet
		}
		data, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			t.Fatal(err)
		}
		if name == "CHANGELOG.md" {
			data = append(data, "\n## 9.9.9 (2026-01-01)\n"...)
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(to, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(to, name), data, info.Mode().Perm()); err != nil {
			t.Fatal(err)
		}
	}
	must(t, to, nil, "git", "init", "-q")
	must(t, to, nil, "git", "add", "-A")
	must(t, to, nil, "git", "-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-q", "-m", "all")
	must(t, to, nil, "git", "tag", "v9.9.9")
	return to
}

// files returns the contents of all files below dir, by name.
func files(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	list, err := tree.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{}
	for _, f := range list {
		all[f.Name] = f.Data
	}
	return all
}

// unpack unpacks an archive below dir.
func unpack(t *testing.T, dir string, archive []byte) {
	t.Helper()
	cmd := exec.Command("tar", "-xzf", "-")
	cmd.Dir, cmd.Stdin = dir, bytes.NewReader(archive)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("tar: %v\n%s", err, out)
	}
}
