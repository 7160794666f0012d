package guest

import (
	"archive/tar"
	"bytes"
	"fmt"
	"math/rand/v2"
	"path"
	"strings"
	"testing"
	"time"

	"switchboard/pkg/queue"
	"switchboard/test/harness"
	"switchboard/test/harness/guest"
)

// site is a queue of the server with two clients.
type site struct {
	t      *testing.T
	g      *guest.Guest
	server *nfsServer
	kind   *kind
	a, b   *node
	// local is where the server has the queue and those beside it, and queue its path on the clients.
	local, queue string
	// rows is what COMPATIBILITY.md says: see observe.
	rows table
}

// newQueue makes a queue on the server.
func (s *site) newQueue(name string) {
	s.t.Helper()
	s.local = path.Join(export, name)
	s.queue = path.Join("/mnt", name, "in")
	must(s.t, s.g, "mkdir", "-p", s.local+"/in", s.local+"/other")
}

// beside returns the site of another queue of the same clients.
func (s *site) beside(name string) *site {
	s.t.Helper()
	other := *s
	other.newQueue(path.Base(s.local) + "-" + name)
	return &other
}

// other is a queue beside the first one.
func (s *site) other(name string) string { return path.Join(path.Dir(s.queue), name) }

// message makes a message that differs from all others in every part.
func message(size int) []byte {
	seed := rand.Uint64()
	body := fmt.Appendf(nil, "From: anne@example.com\nSubject: %x\nMessage-ID: <%x@example.com>\n\n", seed, seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for range size {
		body = append(body, byte(random.Uint32()))
	}
	return body
}

// store stores a message from a client, and returns the file base.
func (s *site) store(c *node, body []byte) string {
	s.t.Helper()
	r := c.run(body, "qenqueue", s.queue)
	if r.Status != 0 {
		s.t.Fatalf("%s: qenqueue: status %d: %s", c.name, r.Status, r.Err)
	}
	return base(r.Out)
}

// fill makes n ready entries, without the commands.
func (s *site) fill(n int) {
	s.t.Helper()
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	for i := range n {
		e := harness.Entry{Base: harness.Base(i), Text: message(10)}
		data, err := e.Bytes()
		if err == nil {
			err = w.WriteHeader(&tar.Header{Name: e.Base + ".pck", Mode: 0o660, Size: int64(len(data)), ModTime: time.Now()})
		}
		if err == nil {
			_, err = w.Write(data)
		}
		if err != nil {
			s.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		s.t.Fatal(err)
	}
	if r := s.g.Run(archive.Bytes(), "tar", "-C", s.local+"/in", "-xf", "-"); r.Status != 0 {
		s.t.Fatalf("tar: status %d: %s", r.Status, r.Err)
	}
}

// base returns the file base of a path that a command has printed.
func base(printed string) string {
	id, _ := queue.SplitName(path.Base(strings.TrimSpace(printed)))
	return id.String()
}

// is fails the test unless the server has exactly these entries, in the queue and beside it.
func (s *site) is(want ...entry) {
	s.t.Helper()
	entries, _ := look(s.t, s.g, s.local)
	if len(entries) != len(want) {
		s.t.Errorf("the server has %d entries and not %d: %v", len(entries), len(want), names(entries))
	}
	for _, w := range want {
		w.check(s.t, entries)
	}
}

// entry is one that must be there.
type entry struct {
	base     string
	state    queue.State
	restores int
	body     []byte
}

func (w entry) check(t *testing.T, entries []file) {
	t.Helper()
	for _, f := range entries {
		if f.base != w.base {
			continue
		}
		if f.state != w.state || f.Restores != w.restores || string(f.Text) != string(w.body) {
			t.Errorf("%s is %v, restored %d times, with %d bytes; it should be %v, restored %d times, with %d bytes",
				f.base, f.state, f.Restores, len(f.Text), w.state, w.restores, len(w.body))
		}
		return
	}
	t.Errorf("%s is not there", w.base)
}

func names(entries []file) (all []string) {
	for _, f := range entries {
		all = append(all, fmt.Sprintf("%s %v", f.base, f.state))
	}
	return all
}

// state returns the state of an entry, and Stray if it is not there.
func (s *site) state(base string) queue.State {
	s.t.Helper()
	entries, _ := look(s.t, s.g, s.local)
	for _, f := range entries {
		if f.base == base {
			return f.state
		}
	}
	return queue.Stray
}

// holder is a handler that works on its message until it is told to stop.
type holder struct {
	*guest.Process
	c    *node
	mark string
}

const hold = `cat >/dev/null; echo >"$1"; while [ ! -e "$1.go" ]; do sleep 0.2; done`

// hold starts qrun on a client, and waits until its handler works on an entry.
func (s *site) hold(c *node, options ...string) *holder {
	s.t.Helper()
	mark := fmt.Sprintf("/tmp/holder-%x", rand.Uint64())
	argv := append(append([]string{"qrun"}, options...), s.queue, "sh", "-c", hold, "hold", mark)
	h := &holder{c.start(argv...), c, mark}
	await(s.t, "the handler of "+c.name, func() bool { return s.g.Run(nil, "test", "-e", mark).Status == 0 })
	return h
}

// release lets the handler end with success.
func (h *holder) release(t *testing.T) {
	t.Helper()
	must(t, h.c.g, "touch", h.mark+".go")
}
