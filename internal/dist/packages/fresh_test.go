package packages

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// bare are packages whose tests look for programs that a fresh machine does not have.
// The rest would take minutes here, and is the same everywhere.
const bare = "./test/script ./test/mta ./test/power"

// TestFreshMachine runs README's two commands on a machine with Go, make, git and the
// module proxy, as a user who has just arrived. Then the package is installed, and the
// demo runs with its commands.
func TestFreshMachine(t *testing.T) {
	m := newMachine(t)
	source, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	m.take(file(t, "switchboard", now, ".deb"))
	env := strings.Split(run(t, "go", "env", "GOROOT", "GOPROXY"), "\n")
	m.sh("useradd -m new && mkdir -p /home/new/switchboard '" + env[0] + "'")
	run(t, "sh", "-c", `tar cf - -C "$1" --exclude=./bin --exclude=./dist --exclude=./.git . | tar xf - -C "$2"`, "sh", source, filepath.Join(m.dir, "home/new/switchboard"))
	m.sh("chown -R new /home/new")
	resolv, err := os.ReadFile("/etc/resolv.conf")
	if err != nil {
		t.Fatal(err)
	}
	m.write("etc/resolv.conf", string(resolv))
	m.write("etc/hosts", "127.0.0.1 localhost\n")

	const mount = `mount --bind -o ro "$GOROOT" "$1$GOROOT"
mount --rbind /dev "$1/dev"
mount --bind -o ro /etc/ssl/certs "$1/etc/ssl/certs"`
	newcomer := func(script string) string {
		t.Helper()
		cmd := m.command(mount, "setpriv", "--reuid=new", "--regid=new", "--init-groups", "sh", "-euc", "cd /home/new/switchboard; "+script)
		cmd.Env = []string{"PATH=" + env[0] + "/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/home/new", "USER=new", "GOROOT=" + env[0], "GOPROXY=" + env[1]}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", script, err, out)
		}
		return string(out)
	}
	newcomer("make demo")
	// With -trimpath, what make demo has compiled serves again.
	out := newcomer("make test TESTS='" + bare + "' GOFLAGS='-v -trimpath'")
	if !strings.Contains(out, "SKIP:") {
		t.Errorf("nothing is skipped on a fresh machine:\n%s", out)
	}

	m.sh("dpkg -i /packages/switchboard_*.deb")
	newcomer("rm -rf bin; PROGRAM_PREFIX=mm- sh test/demo.sh")
}
