package guest

import (
	"fmt"
	"testing"
)

// kind is a way to mount the server's directory. name is the head of its column in
// COMPATIBILITY.md.
type kind struct {
	name, source, options string
	// statd says that the clients need the daemons of NFS 3 for their locks.
	statd bool
	// local says that each client has locks of its own: what one holds, the other may restore.
	local bool
}

var kinds = []kind{
	{name: "NFS 4.2", source: "/", options: "vers=4.2"},
	{name: "NFS 4.0", source: "/", options: "vers=4.0"},
	{name: "NFS 3", source: export, options: "vers=3", statd: true},
	{name: "NFS 3, `nolock`", source: export, options: "vers=3,nolock", local: true},
}

// mount mounts the server's directory on /mnt of a client. The client waits for a server that does
// not answer, as is the default, but asks again sooner.
func (k *kind) mount(t *testing.T, c *node) {
	t.Helper()
	if k.statd {
		c.statd(t)
	}
	c.must(t, "mount.nfs", c.server+":"+k.source, "/mnt", "-o", fmt.Sprintf("%s,proto=tcp,hard,timeo=50", k.options))
}

func (k *kind) umount(t *testing.T, c *node) {
	t.Helper()
	c.must(t, "umount", "/mnt")
}

// statd starts what takes the locks of NFS 3 again when the server has restarted, unless it runs. If
// the node was lost and is back, it tells the server that the locks of then are void.
func (c *node) statd(t *testing.T) {
	t.Helper()
	if c.locks {
		return
	}
	c.locks = true
	c.start("rpcbind", "-f")
	c.awaitProgram(t, "100000")
	c.start("rpc.statd", "-F")
	c.awaitProgram(t, "100024")
}

// awaitProgram waits until a program of Sun's RPC can be called.
func (c *node) awaitProgram(t *testing.T, number string) {
	t.Helper()
	await(t, "the RPC program "+number, func() bool { return c.run(nil, "rpcinfo", "-t", "127.0.0.1", number).Status == 0 })
}
