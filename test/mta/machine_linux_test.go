package mta

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"switchboard/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// machine is a copy of the machine's root with a package unpacked over it, in namespaces of
// its own. Whatever is started there ends with the test, and cannot reach anything else.
type machine struct {
	*testing.T
	// dir has the same path inside and outside.
	dir  string
	init *exec.Cmd
	log  *net.UnixConn
}

// boot sets up the namespaces and then waits for the end of its input. tar unpacks the
// package over the root, because it follows the links of a merged /usr.
const boot = `
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs "$DIR/root"
cd "$DIR/root"
mkdir upper work root
mount -t overlay -o lowerdir=/,upperdir=upper,workdir=work overlay root
[ -z "$OVER" ] || tar -C "$OVER" -c . | tar -C root -x --keep-directory-symlink --no-overwrite-dir
mount -t tmpfs -o mode=755 tmpfs root/dev
for node in 'null 1 3' 'zero 1 5' 'full 1 7' 'random 1 8' 'urandom 1 9'; do
	set -- $node
	mknod -m 666 "root/dev/$1" c "$2" "$3"
done
ln -s "$DIR/log" root/dev/log
mkdir -p "root/$DIR" "root/$BIN" root/run
mount --bind "$DIR" "root/$DIR"
mount --bind "$BIN" "root/$BIN"
mount -t tmpfs tmpfs root/run
mount -t proc proc root/proc
ip link set lo up
exec chroot root sh -c 'echo ready; exec cat'
`

// start makes a machine. If over is given, it has the package that is unpacked there.
func start(t *testing.T, over string) *machine {
	t.Helper()
	if os.Geteuid() != 0 {
		harness.Needs(t, "namespaces", fmt.Errorf("only root may make them"))
	}
	for _, tool := range []string{"ip", "nsenter", "setpriv", "prlimit"} {
		_, err := exec.LookPath(tool)
		harness.Needs(t, tool, err)
	}
	m := &machine{T: t, dir: shortDir(t)}
	if err := os.Mkdir(filepath.Join(m.dir, "root"), 0o755); err != nil {
		t.Fatal(err)
	}
	var err error
	if m.log, err = net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(m.dir, "log"), Net: "unixgram"}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.log.Close() })
	os.Chmod(filepath.Join(m.dir, "log"), 0o666)
	m.init = exec.Command("/bin/sh", "-c", boot)
	m.init.Env = append(os.Environ(), "DIR="+m.dir, "BIN="+harness.Bin(t), "OVER="+over)
	m.init.Stderr = os.Stderr
	m.init.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWNET}
	in, err := m.init.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := m.init.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	// In a container, even root may not be able to.
	harness.Needs(t, "namespaces", m.init.Start())
	t.Cleanup(func() {
		in.Close()
		m.init.Wait()
	})
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		harness.Needs(t, "overlayfs and other mounts", fmt.Errorf("%q, %v", line, err))
	}
	go io.Copy(io.Discard, out)
	return m
}

// server starts a machine with the mail server of that name, which test/mta/fetch has
// unpacked in SWITCHBOARD_MTA.
func server(t *testing.T, name string) *machine {
	t.Helper()
	parent := os.Getenv("SWITCHBOARD_MTA")
	if parent == "" {
		harness.Needs(t, name, errors.New("SWITCHBOARD_MTA does not name a directory that test/mta/fetch has filled"))
	}
	over := filepath.Join(parent, name)
	_, err := os.Stat(over)
	harness.Needs(t, name, err)
	return start(t, over)
}

// shortDir returns a temporary directory that everybody may read. Its path is short enough
// for a socket in it.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "mta")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// command returns a shell script that will run inside, as root.
func (m *machine) command(script string) *exec.Cmd {
	cmd := exec.Command("nsenter", "-t", fmt.Sprint(m.init.Process.Pid), "-m", "-n", "-p", "-r", "-w", "/bin/sh", "-c", script)
	cmd.Env = []string{"PATH=" + harness.Bin(m.T) + ":/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LC_ALL=C", "D=" + m.dir}
	return cmd
}

// run runs a script inside, which must succeed, and returns its output.
func (m *machine) run(script string) string {
	m.Helper()
	out, err := m.command(script).CombinedOutput()
	if err != nil {
		m.Fatalf("%s\n%v\n%s", script, err, out)
	}
	return string(out)
}

// write makes a file in the directory.
func (m *machine) write(name, text string, mode os.FileMode) {
	m.Helper()
	path := filepath.Join(m.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		m.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		m.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		m.Fatal(err)
	}
}

// logged returns what qenqueue has written to the system's log so far.
func (m *machine) logged() string {
	var all strings.Builder
	buf := make([]byte, 64<<10)
	for {
		m.log.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
		n, err := m.log.Read(buf)
		if err != nil {
			return all.String()
		}
		if line := string(buf[:n]); strings.Contains(line, " qenqueue[") {
			all.WriteString(line + "\n")
		}
	}
}

// eventually waits until f returns true. It fails the test after two minutes.
func (m *machine) eventually(what string, f func() bool) {
	m.Helper()
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if f() {
			return
		}
	}
	m.Fatalf("%s: not in two minutes", what)
}

// entries returns the ready entries of a queue in the directory.
func (m *machine) entries(queue string) []string {
	paths, _ := filepath.Glob(filepath.Join(m.dir, queue, "*.pck"))
	return paths
}
