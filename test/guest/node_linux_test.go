package guest

import (
	"bufio"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"switchboard/test/harness"
	"switchboard/test/harness/guest"
)

// node is a client: a machine but for its kernel and its clock. It has its own network, name, mounts
// and cgroup, in which its processes can be killed at one instant.
type node struct {
	g    *guest.Guest
	name string
	// addr is its address, and link the server's end of the cable to it, which has the address
	// server.
	addr, server, link string
	keeper             *guest.Process
	// locks says that the daemons for the locks of NFS 3 run.
	locks bool
	// enter are the words that come before a command which is to run there.
	enter []string
}

// keep is the script of the process that keeps a node's namespaces. Below /srv is what its daemons
// find when it starts again.
const keep = `set -e
mkdir -p /sys/fs/cgroup/$1
echo $$ >/sys/fs/cgroup/$1/cgroup.procs
hostname $1
mount -t tmpfs none /run
mkdir -p /mnt /srv/$1/sm /srv/$1/sm.bak
mount --bind /srv/$1 /var/lib/nfs
mount -t tmpfs none /mnt
/sbin/ip link set lo up
echo $$
read -r connected
/sbin/ip addr add $2/24 dev eth0
/sbin/ip link set eth0 up
/sbin/ip route add default via $3
echo up
exec cat
`

const enter = `echo $$ >/sys/fs/cgroup/$1/cgroup.procs && shift && exec nsenter "$@"`

// newNode starts the n-th client.
func newNode(t *testing.T, g *guest.Guest, name string, n int) *node {
	t.Helper()
	c := &node{g: g, name: name, link: "to-" + name, addr: fmt.Sprintf("10.9.%d.2", n), server: fmt.Sprintf("10.9.%d.1", n)}
	c.keeper = g.Start(guest.Command{Argv: []string{"unshare", "-n", "-m", "-u", "sh", "-c", keep, "keep", name, c.addr, c.server}})
	out := bufio.NewReader(c.keeper.Stdout)
	line, err := out.ReadString('\n')
	if err != nil {
		t.Fatalf("the client %s does not start: %s", name, c.keeper.Wait().Err)
	}
	pid := strings.TrimSpace(line)
	must(t, g, "ip", "link", "add", c.link, "type", "veth", "peer", "name", "eth0", "netns", pid)
	must(t, g, "ip", "addr", "add", c.server+"/24", "dev", c.link)
	must(t, g, "ip", "link", "set", c.link, "up")
	fmt.Fprintln(c.keeper.Stdin, "connected")
	if _, err := out.ReadString('\n'); err != nil {
		t.Fatalf("the client %s has no network: %s", name, c.keeper.Wait().Err)
	}
	c.enter = []string{"sh", "-c", enter, "enter", name, "-t", pid, "-n", "-m", "-u"}
	return c
}

// must runs a program of the guest that must succeed, and returns what it prints.
func must(t *testing.T, g *guest.Guest, argv ...string) string {
	t.Helper()
	r := g.Run(nil, argv...)
	if r.Status != 0 {
		t.Fatalf("%q: status %d: %s%s", argv, r.Status, r.Out, r.Err)
	}
	return r.Out
}

func (c *node) argv(argv []string) []string {
	return append(c.enter[:len(c.enter):len(c.enter)], argv...)
}

// start starts a command on the node.
func (c *node) start(argv ...string) *guest.Process {
	return c.g.Start(guest.Command{Argv: c.argv(argv)})
}

// run runs a command on the node to its end.
func (c *node) run(stdin []byte, argv ...string) harness.Result {
	return c.g.Run(stdin, c.argv(argv)...)
}

// killed runs a command that is killed after a while, unless it ends before.
func (c *node) killed(after time.Duration, stdin []byte, argv ...string) harness.Result {
	p := c.start(argv...)
	go func() {
		p.Stdin.Write(stdin)
		p.Stdin.Close()
	}()
	kill := time.AfterFunc(after, func() { p.Signal(syscall.SIGKILL) })
	defer kill.Stop()
	return p.Wait()
}

// must runs a command that must succeed.
func (c *node) must(t *testing.T, argv ...string) string {
	t.Helper()
	r := c.run(nil, argv...)
	if r.Status != 0 {
		t.Fatalf("%s: %q: status %d: %s%s", c.name, argv, r.Status, r.Out, r.Err)
	}
	return r.Out
}

// plug connects the node to the server again, and unplug cuts the connection.
func (c *node) plug(t *testing.T)   { must(t, c.g, "ip", "link", "set", c.link, "up") }
func (c *node) unplug(t *testing.T) { must(t, c.g, "ip", "link", "set", c.link, "down") }

// lose ends the node without a word to the server: its cable is cut, and then all of its processes
// are killed.
func (c *node) lose(t *testing.T) {
	t.Helper()
	c.unplug(t)
	must(t, c.g, "sh", "-c", "echo 1 >/sys/fs/cgroup/"+c.name+"/cgroup.kill")
	c.keeper.Wait()
	must(t, c.g, "sh", "-c", "/sbin/ip link del "+c.link+" 2>/dev/null || true")
}
