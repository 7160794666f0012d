package release

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// checkout is a git repository in a temporary directory.
type checkout struct {
	*testing.T
	dir string
}

func (c checkout) git(args ...string) {
	c.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=t", "-c", "user.email=t@example.com"}, args...)...)
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_COMMITTER_DATE=2026-11-30T12:00:00Z")
	if out, err := cmd.CombinedOutput(); err != nil {
		c.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

// commit commits a CHANGELOG.md with the given heading.
func (c checkout) commit(heading string) {
	c.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, "CHANGELOG.md"), []byte("# Changelog\n\n"+heading+"\n"), 0o644); err != nil {
		c.Fatal(err)
	}
	c.git("add", "-A")
	c.git("commit", "-q", "--allow-empty", "-m", "changes")
}

func repository(t *testing.T) checkout {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("SKIP: no git")
	}
	c := checkout{t, t.TempDir()}
	c.git("init", "-q")
	c.commit("## 0.2.0 (2026-11-30)")
	return c
}

// TestRead reads the version before, at and after a tag.
func TestRead(t *testing.T) {
	t.Parallel()
	c := repository(t)
	before, err := Read(c.dir)
	if err != nil || !strings.HasPrefix(before.Name(), "0.0.0+1.g") {
		t.Errorf("without a tag: %+v, %v", before, err)
	}
	c.git("tag", "v0.2.0")
	at, err := Read(c.dir)
	if err != nil || at.Describe != "v0.2.0" || at.Name() != "0.2.0" || at.Date.Format("2006-01-02 15:04") != "2026-11-30 12:00" {
		t.Errorf("at the tag: %+v, %v", at, err)
	}
	c.commit("## 0.3.0 (unreleased)")
	after, err := Read(c.dir)
	if err != nil || !strings.HasPrefix(after.Describe, "v0.2.0-1-g") || !strings.HasPrefix(after.Name(), "0.2.0+1.g") {
		t.Errorf("after the tag: %+v, %v", after, err)
	}
}

// TestReadRefuses checks what a release is not made of.
func TestReadRefuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, want string
		prepare    func(checkout)
	}{
		{"a changed file", "commit or remove these changes first\nM CHANGELOG.md", func(c checkout) {
			if err := os.WriteFile(filepath.Join(c.dir, "CHANGELOG.md"), nil, 0o644); err != nil {
				c.Fatal(err)
			}
		}},
		{"a new file", "commit or remove these changes first\n?? new", func(c checkout) {
			if err := os.WriteFile(filepath.Join(c.dir, "new"), nil, 0o644); err != nil {
				c.Fatal(err)
			}
		}},
		{"no git", "not a git checkout", func(c checkout) {
			if err := os.RemoveAll(filepath.Join(c.dir, ".git")); err != nil {
				c.Fatal(err)
			}
		}},
		{"no section", "CHANGELOG.md has no section for 0.3.0: its heading must be ## 0.3.0 (YYYY-MM-DD)", func(c checkout) {
			c.git("tag", "v0.3.0")
		}},
		{"unreleased", "CHANGELOG.md has no section for 0.3.0", func(c checkout) {
			c.commit("## 0.3.0 (unreleased)")
			c.git("tag", "v0.3.0")
		}},
		{"a tag that is not a version", "the tag v1 is not a version", func(c checkout) {
			c.git("tag", "v1")
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := repository(t)
			test.prepare(c)
			if r, err := Read(c.dir); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%+v, %v; want %q", r, err, test.want)
			}
		})
	}
}

// TestHeading checks that the newest section of the project's own CHANGELOG.md has the
// heading that a release needs, or says that it is not released.
func TestHeading(t *testing.T) {
	t.Parallel()
	const root = "../../.."
	text, err := os.ReadFile(filepath.Join(root, "CHANGELOG.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, newest, _ := strings.Cut(string(text), "\n## ")
	newest, _, _ = strings.Cut(newest, "\n")
	number, said, _ := strings.Cut(newest, " ")
	if said == "(unreleased)" {
		return
	}
	if err := changelog(root, number); err != nil {
		t.Error(err)
	}
}
