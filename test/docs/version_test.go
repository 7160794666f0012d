package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestVersion builds qcat from a source tarball inside another project's checkout, and
// with go install in a checkout. Both must know the version.
func TestVersion(t *testing.T) {
	t.Parallel()
	git := tool(t, "git")
	must := func(dir string, env []string, program string, args ...string) string {
		t.Helper()
		cmd := exec.Command(program, args...)
		cmd.Dir = dir
		cmd.Env = append(append(os.Environ(), "HOME="+t.TempDir(), "GOFLAGS=", "GIT_CONFIG_GLOBAL=/dev/null"), env...)
		if gopath, err := exec.Command("go", "env", "GOCACHE", "GOMODCACHE").Output(); err == nil {
			lines := strings.Split(string(gopath), "\n")
			cmd.Env = append(cmd.Env, "GOCACHE="+lines[0], "GOMODCACHE="+lines[1])
		}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %v: %v\n%s", program, args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	commit := func(dir string) {
		t.Helper()
		must(dir, nil, git, "init", "-q")
		must(dir, nil, git, "add", "-A")
		must(dir, nil, git, "-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-q", "--allow-empty", "-m", "all")
	}

	checkout := t.TempDir()
	for _, part := range []string{"go.mod", "go.sum", "Makefile", ".gitattributes", "cmd", "internal", "pkg"} {
		must(root, nil, "cp", "-R", part, filepath.Join(checkout, part))
	}
	commit(checkout)
	must(checkout, nil, git, "-c", "user.name=t", "-c", "user.email=t@example.com", "tag", "-a", "v1.2.3", "-m", "v1.2.3")

	other := t.TempDir()
	commit(other)
	must(other, nil, git, "tag", "v9.9.9")
	must(other, nil, "sh", "-c", `git -C "$1" archive HEAD | tar xf -`, "sh", checkout)
	if got := must(other, nil, "make", "-n", "build"); strings.Contains(got, "Version=v9") {
		t.Errorf("make takes the version of the project around it:\n%s", got)
	}
	bin := t.TempDir()
	for _, how := range []struct {
		name, dir string
		build     []string
	}{
		{"tarball", other, []string{"build", "-buildvcs=false", "-o", bin + "/", "./cmd/qcat"}},
		{"go install", checkout, []string{"install", "-buildvcs=true", "./cmd/qcat"}},
	} {
		must(how.dir, []string{"GOBIN=" + bin}, "go", how.build...)
		if got := must(how.dir, nil, filepath.Join(bin, "qcat"), "--version"); got != "qcat (switchboard) v1.2.3" {
			t.Errorf("%s: the version is %q", how.name, got)
		}
	}
	if got := must(checkout, nil, "make", "-n", "build"); !strings.Contains(got, "Version=v1.2.3'") {
		t.Errorf("make does not take the version from git:\n%s", got)
	}
}
