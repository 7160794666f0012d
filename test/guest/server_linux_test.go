package guest

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"testing"
	"time"

	"switchboard/pkg/queue"
	"switchboard/test/harness"
	"switchboard/test/harness/guest"
)

// export is the directory that the server has for its clients, on a disk of its own.
const export = "/export"

// lease is how many seconds an NFS 4 server waits for a client, and grace how long a server of either
// version gives its clients to take their locks again. Distributions have 90. The kernel allows no
// fewer than 10, but on a busy machine a guest may stand still for that long.
const (
	lease = 15
	grace = 10
)

// nfsServer is the guest itself, outside of all nodes.
type nfsServer struct {
	g *guest.Guest
	// daemons run until the guest ends.
	daemons map[string]*guest.Process
}

// prepareNFS starts everything but nfsd itself.
func prepareNFS(t *testing.T, g *guest.Guest) *nfsServer {
	t.Helper()
	s := &nfsServer{g, map[string]*guest.Process{}}
	must(t, g, "sh", "-ec", fmt.Sprintf(`
hostname server
mkdir -p /run/rpcbind /var/lib/nfs/sm /var/lib/nfs/sm.bak /var/lib/nfs/rpc_pipefs /var/lib/nfs/nfsdcld /var/lib/nfs/v4recovery
touch /var/lib/nfs/etab /var/lib/nfs/rmtab
mount -t nfsd none /proc/fs/nfsd
mount -t rpc_pipefs none /var/lib/nfs/rpc_pipefs
sysctl -w fs.nfs.nlm_timeout=3 fs.nfs.nlm_grace_period=%d
`, grace))
	s.daemon(t, g.Start, "rpcbind", "-f")
	await(t, "rpcbind", func() bool { return g.Run(nil, "rpcinfo", "-t", "127.0.0.1", "100000").Status == 0 })
	s.daemon(t, g.Start, "rpc.statd", "-F", "--no-notify")
	s.daemon(t, g.Start, "nfsdcld", "-F")
	must(t, g, "exportfs", "-ra")
	s.daemon(t, g.Start, "rpc.mountd", "-F")
	await(t, "rpc.statd", func() bool { return g.Run(nil, "rpcinfo", "-t", "127.0.0.1", "100024").Status == 0 })
	await(t, "rpc.mountd", func() bool { return g.Run(nil, "rpcinfo", "-t", "127.0.0.1", "100005").Status == 0 })
	return s
}

func (s *nfsServer) daemon(t *testing.T, start func(guest.Command) *guest.Process, argv ...string) {
	t.Helper()
	s.daemons[argv[0]] = start(guest.Command{Argv: argv})
}

// start starts nfsd.
func (s *nfsServer) start(t *testing.T) {
	t.Helper()
	must(t, s.g, "rpc.nfsd", "-G", fmt.Sprint(grace), "-L", fmt.Sprint(lease), "8")
}

// stop stops nfsd, which forgets all locks.
func (s *nfsServer) stop(t *testing.T) {
	t.Helper()
	must(t, s.g, "rpc.nfsd", "0")
	// Those of NFS 3 belong to the kernel, which does not end here.
	must(t, s.g, "sh", "-c", "echo "+export+" >/proc/fs/nfsd/unlock_filesystem")
}

// notify tells the clients of NFS 3 that the server has started again, as a server does by itself.
func (s *nfsServer) notify(t *testing.T) {
	t.Helper()
	must(t, s.g, "sh", "-c", "sm-notify -f >/dev/null 2>&1 </dev/null")
}

// await waits for what must happen.
func await(t *testing.T, what string, happened func() bool) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); !happened(); time.Sleep(100 * time.Millisecond) {
		if t.Failed() {
			t.FailNow()
		}
		if time.Now().After(end) {
			t.Fatalf("waited in vain for: %s", what)
		}
	}
}

// file is an entry on the server's disk.
type file struct {
	base  string
	state queue.State
	harness.Held
}

// look reads all entries below a directory of the server, without the commands and without NFS. other
// has the names of all other files.
func look(t *testing.T, g *guest.Guest, dir string) (entries []file, other []string) {
	t.Helper()
	var r harness.Result
	for range 20 {
		// Commands at work may rename or remove what tar has listed.
		if r = g.Run(nil, "tar", "-C", dir, "-cf", "-", "."); r.Status == 0 {
			break
		}
	}
	if r.Status != 0 {
		t.Fatalf("tar: %s", r.Err)
	}
	for archive := tar.NewReader(strings.NewReader(r.Out)); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return entries, other
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		id, state := queue.SplitName(path.Base(h.Name))
		if state == queue.Stray || state == queue.Temporary {
			other = append(other, h.Name)
			continue
		}
		content, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		held, err := harness.ReadContent(bytes.NewReader(content), int64(len(content)))
		if err != nil {
			t.Errorf("%s: %v", h.Name, err)
		}
		entries = append(entries, file{id.String(), state, held})
	}
}
