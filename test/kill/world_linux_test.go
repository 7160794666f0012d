package kill

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"switchboard/pkg/message"
	"switchboard/test/harness"
	"switchboard/test/harness/kernel"
)

// place is where an entry is: the name of the queue and the extension of the state. The zero place
// is nowhere: the entry is finished.
type place struct{ queue, ext string }

var (
	ready    = place{"in", ".pck"}
	inFlight = place{"in", ".bak"}
	shunted  = place{"shunt", ".pck"}
	bad      = place{"bad", ".psv"}
	hold     = place{"hold", ".pck"}
	far      = place{"far", ".psv"} // on another filesystem
	gone     = place{}
)

// outcome is a place and the count of restores there.
type outcome struct {
	place
	restores int
}

func at(p place, restores int) outcome { return outcome{p, restores} }

// mail is a message that was accepted before the command ran.
type mail struct {
	harness.Entry
	// raw is the file, if it is not an entry.
	raw  []byte
	from place
	// after are the outcomes once the command has done its work. until are the other
	// outcomes, beside from and after, that are right on the way. again are those, beside
	// after, that are right once the command has been run twice.
	after, until, again []outcome
	// linked says that it has a hard link outside the queue, a backup.
	linked bool
}

// moves is a mail that the command brings to one of the outcomes. With no outcome, the command
// must leave it alone.
func moves(p place, after ...outcome) mail { return mail{from: p, after: after} }

// world is a set of queues on a filesystem in memory. In one variant the bad queue is on another
// filesystem.
type world struct {
	root, far string
	// config is the configuration file of the commands, if they have one.
	config string
	// kernel is the one that the commands run on, or "" for this one.
	kernel kernel.Kernel
	// inPlace says that a new queue has its name before it has its owner, as on NFS.
	inPlace bool
	// sockets says that calls on connections count, too.
	sockets bool
	// of is the scenario that it was made for.
	of     *scenario
	mails  []mail
	stores [][]byte
}

var worlds atomic.Int64

// newWorld makes the queues and puts the mails of a scenario into them.
func newWorld(s *scenario, base, farBase string) (*world, error) {
	n := worlds.Add(1)
	w := &world{
		root: filepath.Join(base, "queue", fmt.Sprint(n)), far: filepath.Join(farBase, fmt.Sprint(n)),
		of: s, mails: s.mails(), stores: s.stores,
	}
	for _, dir := range []string{w.root, w.dir("in"), w.dir("shunt"), filepath.Join(w.root, "backup"), filepath.Join(w.root, "delivered"), filepath.Join(w.root, "handed"), w.far} {
		if err := w.mkdir(dir); err != nil {
			return nil, err
		}
	}
	if !s.noBad {
		if err := w.mkdir(w.dir("bad")); err != nil {
			return nil, err
		}
	}
	for i := range w.mails {
		if err := w.put(i); err != nil {
			return nil, err
		}
	}
	if s.files != nil {
		if err := s.files(w); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// owner is the owner of the queues if the tests run as root: not the user who runs the commands.
const owner = 12345

func (w *world) mkdir(dir string) error {
	if err := os.MkdirAll(dir, 0o770); err != nil {
		return err
	}
	if os.Geteuid() == 0 {
		if err := os.Chown(dir, owner, owner+1); err != nil {
			return err
		}
	}
	return os.Chmod(dir, 0o770|os.ModeSetgid)
}

// ownerOf returns the owner and mode that every entry of a queue must have.
func ownerOf(dir string) (string, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return "", err
	}
	st := info.Sys().(*syscall.Stat_t)
	return fmt.Sprintf("%d:%d 660", st.Uid, st.Gid), nil
}

func (w *world) put(i int) error {
	m := &w.mails[i]
	m.Base = harness.Base(i)
	if m.Text == nil {
		m.Text = text(i)
	}
	if m.from.queue != "in" {
		m.Metadata = []message.Item{{Key: "whichq", Value: w.dir("in")}}
	}
	data := m.raw
	if data == nil {
		var err error
		if data, err = m.Bytes(); err != nil {
			return err
		}
	}
	path := w.path(i, m.from)
	if err := harness.WriteFile(path, data); err != nil {
		return err
	}
	if m.linked {
		return os.Link(path, w.backup(i))
	}
	return nil
}

func (w *world) remove() {
	for _, dir := range []string{w.root, w.far} {
		os.RemoveAll(dir)
		os.Remove(dir + linkExt)
	}
}

// linkExt is the extension of a link to a world.
const linkExt = ".link"

// byLink returns the world as somebody sees it who goes through symbolic links.
func (w *world) byLink(t *testing.T) *world {
	t.Helper()
	for _, dir := range []string{w.root, w.far} {
		if err := os.Symlink(filepath.Base(dir), dir+linkExt); err != nil {
			t.Fatal(err)
		}
	}
	via := *w
	via.root, via.far = w.root+linkExt, w.far+linkExt
	return &via
}

func (w *world) dir(queue string) string {
	if queue == "far" {
		return w.far
	}
	return filepath.Join(w.root, queue)
}

// path returns the path of mail i in a place.
func (w *world) path(i int, p place) string {
	return filepath.Join(w.dir(p.queue), harness.Base(i)+p.ext)
}

func (w *world) backup(i int) string { return filepath.Join(w.root, "backup", harness.Base(i)) }

// delivered returns where a scenario that delivers puts mail i.
func (w *world) delivered(i int) string { return filepath.Join(w.root, "delivered", harness.Base(i)) }

// box returns the Maildir of a scenario that exports.
func (w *world) box() string { return filepath.Join(w.root, "box") }

// here reports whether a path belongs to the world.
func (w *world) here(path string) bool {
	for _, dir := range []string{w.root, w.far} {
		if path == dir || strings.HasPrefix(path, dir+"/") {
			return true
		}
	}
	return false
}

// text returns a message that is different for each i.
func text(i int) []byte {
	return fmt.Appendf(nil, "From: <a@test.example>\nSubject: message %d\n\nThis is message %d.\n", i, i)
}

// roots makes the directories of all worlds: one on a filesystem in memory, where syncs cost
// nothing, and one on another filesystem.
func roots(tb testing.TB) (base, farBase string) {
	tb.Helper()
	near := "/dev/shm"
	if info, err := os.Stat(near); err != nil || !info.IsDir() {
		near = ""
	}
	var err error
	if base, err = os.MkdirTemp(near, "switchboard-kill-"); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { os.RemoveAll(base) })
	farBase = tb.TempDir()
	for _, dir := range []string{base, farBase, filepath.Dir(farBase)} {
		if err := os.Chmod(dir, 0o755); err != nil {
			tb.Fatal(err)
		}
	}
	return base, farBase
}
