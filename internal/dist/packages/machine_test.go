package packages

import (
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// machine is a directory with a Debian that has make and git, and nothing else that a
// Debian can do without.
type machine struct {
	t   *testing.T
	dir string
}

// newMachine unpacks a machine. The archive of it is made once, in the cache of this
// user.
func newMachine(t *testing.T) machine {
	t.Helper()
	if os.Getenv("SWITCHBOARD_CI") != "1" {
		t.Skip("SKIP: takes minutes; .ci/run runs it")
	}
	needs(t, true, "mmdebstrap", "unshare")
	cache := filepath.Join(cmp.Or(os.Getenv("XDG_CACHE_HOME"), filepath.Join(os.Getenv("HOME"), ".cache")), "switchboard")
	archive := filepath.Join(cache, "debian-bookworm.tar")
	if _, err := os.Stat(archive); err != nil {
		if err := os.MkdirAll(cache, 0o755); err != nil {
			t.Fatal(err)
		}
		run(t, "mmdebstrap", "--mode=root", "--format=tar", "--variant=minbase", "--include=make,git,ca-certificates", "bookworm", archive+".new")
		if err := os.Rename(archive+".new", archive); err != nil {
			t.Fatal(err)
		}
	}
	m := machine{t, t.TempDir()}
	run(t, "tar", "xf", archive, "--numeric-owner", "-C", m.dir)
	// No test cuts the power of this machine.
	m.write("etc/dpkg/dpkg.cfg.d/unsafe-io", "force-unsafe-io\n")
	return m
}

// write writes a file.
func (m machine) write(name, text string) {
	m.t.Helper()
	if err := os.WriteFile(filepath.Join(m.dir, name), []byte(text), 0o644); err != nil {
		m.t.Fatal(err)
	}
}

// inside runs a command in the machine, in namespaces of its own, so that nothing of it is
// left. Before that, a script of the shell can mount something: there $1 is the directory.
const inside = `
mount -t proc proc "$1/proc"
%MOUNT%
dir=$1
shift
exec chroot "$dir" "$@"
`

// command returns a command of the machine, not yet started.
func (m machine) command(mount string, args ...string) *exec.Cmd {
	script := "set -e" + strings.Replace(inside, "%MOUNT%", mount, 1)
	cmd := exec.Command("unshare", append([]string{"--mount", "--pid", "--fork", "--kill-child", "sh", "-c", script, "sh", m.dir}, args...)...)
	cmd.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive"}
	return cmd
}

// sh runs a script of the shell in the machine, and returns all that it prints.
func (m machine) sh(script string) string {
	m.t.Helper()
	out, err := m.command("", "sh", "-euc", script).CombinedOutput()
	if err != nil {
		m.t.Fatalf("%s\n%v\n%s", script, err, out)
	}
	return string(out)
}

// files lists what is on the machine.
func (m machine) files() string {
	m.t.Helper()
	return m.sh("find / -xdev -path /proc -prune -o -print | sort")
}

// take copies packages to the directory /packages of the machine.
func (m machine) take(paths ...string) {
	m.t.Helper()
	if err := os.MkdirAll(filepath.Join(m.dir, "packages"), 0o755); err != nil {
		m.t.Fatal(err)
	}
	run(m.t, "cp", append(paths, filepath.Join(m.dir, "packages"))...)
}
