package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestRefuses starts the program where it must not make a release, or must not replace
// what is there.
func TestRefuses(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("SKIP: no git")
	}
	for _, test := range []struct {
		name, want string
		prepare    func(t *testing.T, dir string)
		env        []string
		args       []string
	}{
		{name: "no git", want: "a release is made from a git checkout, and git is not installed", env: []string{"PATH="}},
		{name: "an archive of the sources in another project", want: "a release is made from a git checkout, and this is not one",
			prepare: func(t *testing.T, dir string) {
				must(t, filepath.Dir(dir), nil, "git", "init", "-q")
				if err := os.RemoveAll(filepath.Join(dir, ".git")); err != nil {
					t.Fatal(err)
				}
			}},
		{name: "a change", want: "commit or remove these changes first\n?? new",
			prepare: func(t *testing.T, dir string) { write(t, dir, "new") }},
		{name: "something else", want: "/home holds something else than a release: remove it first",
			prepare: func(t *testing.T, dir string) { write(t, filepath.Dir(dir), "home/precious") }, args: []string{"-o", "../home"}},
		{name: "no such system", want: "there is no release for windows/amd64", args: []string{"-only", "linux/amd64,windows/amd64"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "checkout")
			write(t, dir, "internal/dist/go.mod")
			must(t, dir, nil, "git", "init", "-q")
			must(t, dir, nil, "git", "add", "-A")
			must(t, dir, nil, "git", "-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-q", "-m", "all")
			if test.prepare != nil {
				test.prepare(t, dir)
			}
			cmd := exec.Command(self(t), test.args...)
			cmd.Dir = filepath.Join(dir, "internal/dist")
			cmd.Env = append(append(os.Environ(), "DIST_TEST_MAIN=1"), test.env...)
			out, err := cmd.CombinedOutput()
			if err == nil || !strings.HasPrefix(string(out), "dist: ") || !strings.Contains(string(out), test.want) {
				t.Errorf("%v: %s\nwant %q", err, out, test.want)
			}
			if _, err := os.Stat(filepath.Join(dir, "dist.part")); err == nil {
				t.Error("it leaves dist.part")
			}
		})
	}
}

// write writes an empty file below dir.
func write(t *testing.T, dir, name string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
}
