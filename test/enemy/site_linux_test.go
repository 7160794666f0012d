package enemy

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"switchboard/pkg/message"
	"switchboard/test/harness"
)

// site is a machine with the queues of a Mailman, whose user is the enemy.
//
//	var       all of it is the enemy's: the queues, and what Mailman has beside them
//	seeds     entries that the enemy stores
//	canary    of root's, with the same names as var; links of the enemy lead there
//	roots/in  a queue of root's
//	export    what root's commands may write to
type site struct {
	*testing.T
	base string
	// secret is in each file of the canary, and in some names.
	secret string
	// private is a directory of root's among the queues, which the enemy can rename.
	private *os.File
}

var (
	queueNames  = []string{"in", "out", "bad", "shunt", "retry", "hold"}
	besideNames = []string{"data/master-qrunner.pid", "data/last_mailman_version", "master.pid", "locks/master.lck", "locks/master-qrunner", "etc/mailman.cfg", "logs/error", "logs/mailman.log"}
)

func newSite(t *testing.T, uid, gid int) *site {
	t.Helper()
	// In memory, because that is fast: no power is cut here.
	base, err := os.MkdirTemp("/dev/shm", "switchboard-enemy-")
	if err != nil {
		if base, err = os.MkdirTemp(os.TempDir(), "enemy-"); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { os.RemoveAll(base) })
	s := &site{T: t, base: base, secret: "SECRET" + rand.Text()}
	s.must(os.Chmod(base, 0o711))
	for _, name := range queueNames {
		s.mkdir("var/queues/"+name, 0o2770)
	}
	// One of root's is empty, and some are missing, which must not be made.
	s.mkdir("canary/queues/bad", 0o755)
	for _, name := range []string{"in", "out", "hold"} {
		s.mkdir("canary/queues/"+name, 0o755)
		s.plantEntries("canary/queues/" + name)
	}
	for _, name := range []string{"side", "log", "data", "locks", "etc", "logs"} {
		s.mkdir("var/"+name, 0o755)
	}
	for _, name := range besideNames {
		s.write("canary/"+name, s.besideText(name), 0o600)
	}
	s.write("canary/plain", s.secret+"\n", 0o600)
	s.must(os.Chmod(filepath.Join(base, "canary"), 0o700))
	s.mkdir("canary/empty", 0o755)
	s.write("canary/dir/"+s.secret, s.secret, 0o644)
	s.must(syscall.Mkfifo(filepath.Join(base, "canary/fifo"), 0o600))
	s.must(filepath.WalkDir(filepath.Join(base, "var"), func(path string, _ fs.DirEntry, err error) error {
		if err == nil {
			err = os.Chown(path, uid, gid)
		}
		return err
	}))
	s.write("var/queues/private/"+s.secret, s.secret, 0o600)
	s.must(os.Chmod(filepath.Join(base, "var/queues/private"), 0o700))
	s.private, err = os.Open(filepath.Join(base, "var/queues/private"))
	s.must(err)
	t.Cleanup(func() { s.private.Close() })
	s.plantSeeds()
	s.mkdir("roots/in", 0o700)
	s.mkdir("export", 0o700)
	s.mkdir("tmp", 0o700)
	s.write("with-log.toml", fmt.Sprintf("root = %q\nlog = %q\n", base+"/var/queues", base+"/var/log/switchboard.log"), 0o644)
	s.write("plain.toml", fmt.Sprintf("root = %q\n", base+"/var/queues"), 0o644)
	return s
}

func (s *site) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *site) mkdir(name string, mode os.FileMode) {
	s.Helper()
	path := filepath.Join(s.base, name)
	s.must(os.MkdirAll(path, 0o755))
	if mode&0o2000 != 0 {
		mode = mode&0o777 | os.ModeSetgid
	}
	s.must(os.Chmod(path, mode))
}

func (s *site) write(name, text string, mode os.FileMode) {
	s.Helper()
	path := filepath.Join(s.base, name)
	s.must(os.MkdirAll(filepath.Dir(path), 0o755))
	s.must(os.WriteFile(path, []byte(text), mode))
	s.must(os.Chmod(path, mode))
}

// besideText returns the content of a file of Mailman's that tells the secret to whoever
// prints what is in the file.
func (s *site) besideText(name string) string {
	switch name {
	case "etc/mailman.cfg":
		return "[mailman]\nlayout: here\n[paths.here]\nvar_dir: " + s.base + "/var\nqueue_dir: $var_dir/queues\nlog_dir: " + s.base + "/canary/logs\n# " + s.secret + "\n"
	case "locks/master.lck":
		return "/locks/master.lck|" + s.secret + "|1|123\n"
	case "locks/master-qrunner":
		return "/locks/master-qrunner." + s.secret + ".1.1\n"
	case "logs/error", "logs/mailman.log":
		var text strings.Builder
		for n := range 20 {
			text.WriteString("Nov 29 21:03:49 2026 (5303) Uncaught runner exception: " + s.secret + "\n" +
				"Nov 29 21:03:49 2026 (5303) Traceback (most recent call last):\nRuntimeError: " + s.secret + "\n" +
				"\nNov 29 21:03:49 2026 (5303) SHUNTING: " + harness.Base(n) + "\n")
		}
		return text.String()
	}
	return s.secret + "\n"
}

// plantEntries makes a queue of root's whose entries have the names of those of the enemy.
func (s *site) plantEntries(name string) {
	s.Helper()
	dir := filepath.Join(s.base, name)
	for n, ext := range []string{".pck", ".pck", ".bak", ".bak", ".psv", ".pck.tmp"} {
		e := harness.Entry{Base: harness.Base(n), Text: []byte("Subject: " + s.secret + "\n\n" + s.secret + "\n")}
		path, err := e.Write(dir, ext)
		s.must(err)
		s.must(os.Chmod(path, 0o600))
		old := time.Now().Add(-2 * time.Hour)
		s.must(os.Chtimes(path, old, old))
	}
	s.write(name+"/switchboard.lock", "", 0o600)
	s.write(name+"/switchboard.claims", s.secret, 0o600)
}

// plantSeeds makes the entries that the enemy stores. Their metadata leads to the canary.
func (s *site) plantSeeds() {
	s.Helper()
	s.mkdir("seeds", 0o755)
	canary := filepath.Join(s.base, "canary/queues/in")
	for n, items := range [][]message.Item{
		nil,
		{{Key: "whichq", Value: canary}},
		{{Key: "whichq", Value: "link"}, {Key: "recips", Value: []any{"a@example.com"}}},
		{{Key: "_moving_to", Value: canary}, {Key: "_moving_from", Value: filepath.Join(s.base, "var/queues/in")}},
		{{Key: "_moving_from", Value: canary}, {Key: "_moving_to", Value: filepath.Join(s.base, "var/queues/in")}},
		{{Key: "whichq", Value: "private"}},
	} {
		e := harness.Entry{Text: fmt.Appendf(nil, "From: a@example.com\nTo: b@example.com\nSubject: seed %d\n\n%d\n", n, n), Metadata: items, Restores: n % 3}
		data, err := e.Bytes()
		s.must(err)
		s.write(fmt.Sprintf("seeds/%d", n), string(data), 0o644)
	}
	s.write("seeds/6", "not an entry\n", 0o644)
}

// canaries returns the directories in which nobody may open anything, the topmost first.
func (s *site) canaries() []string {
	s.Helper()
	var dirs []string
	s.must(filepath.WalkDir(filepath.Join(s.base, "canary"), func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.IsDir() {
			dirs = append(dirs, path)
		}
		return err
	}))
	return dirs
}

// snapshot returns what is known of each file of the canary, by its path.
func (s *site) snapshot() map[string]string {
	s.Helper()
	files := map[string]string{}
	look := func(path, name string) error {
		info, err := os.Lstat(path)
		if err != nil {
			return err
		}
		st := info.Sys().(*syscall.Stat_t)
		what := fmt.Sprintf("%v of %d:%d, %d links, %d bytes, changed %v and %v", info.Mode(), st.Uid, st.Gid, st.Nlink, st.Size, st.Mtim, st.Ctim)
		if info.Mode().IsRegular() {
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			what += fmt.Sprintf(", %x", sha256.Sum256(text))
		}
		files[name] = what
		return nil
	}
	s.must(filepath.WalkDir(filepath.Join(s.base, "canary"), func(path string, _ fs.DirEntry, err error) error {
		if err == nil {
			err = look(path, path)
		}
		return err
	}))
	// Its names change, and with them the time of the last change, but nothing else.
	private, err := s.private.Stat()
	s.must(err)
	st := private.Sys().(*syscall.Stat_t)
	files["private"] = fmt.Sprintf("%v of %d:%d, %v", private.Mode(), st.Uid, st.Gid, st.Mtim)
	s.must(look(fmt.Sprintf("/proc/self/fd/%d/%s", s.private.Fd(), s.secret), "private/secret"))
	return files
}

// compare checks that no file of the canary has changed, and that none is new.
func (s *site) compare(before, after map[string]string) {
	s.Helper()
	for path, was := range before {
		if is := after[path]; is != was {
			s.Errorf("%s\n was %s\n is  %s", path, was, is)
		}
	}
	for path := range after {
		if before[path] == "" {
			s.Errorf("%s is new", path)
		}
	}
}

// few limits how often an error is reported.
type few struct {
	mu sync.Mutex
	n  int
}

func (f *few) more() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.n++
	return f.n <= 5
}
