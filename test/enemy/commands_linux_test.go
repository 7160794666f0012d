package enemy

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"switchboard/pkg/queue"
	"switchboard/test/harness"
)

// worker runs commands as root.
type worker struct {
	*site
	random *rand.Rand
	number int
	tally  tally
	// own are the messages of root in its own queue, by file base.
	own map[string][]byte
	few few
}

func newWorker(s *site, seed uint64, n int) *worker {
	return &worker{site: s, random: rand.New(rand.NewPCG(seed, uint64(n))), number: n, tally: tally{}, own: map[string][]byte{}}
}

// statuses are those that switchboard(7) lists.
var statuses = []int{0, 1, 64, 65, 66, 69, 73, 74, 75, 77, 78}

// patience is the time after which a command counts as hanging. Locks are waited for for
// seconds.
const patience = 2 * time.Minute

// run runs a command, and checks that it ends, tells no secret and does not crash.
func (w *worker) run(stdin []byte, name string, args ...string) harness.Result {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(harness.Bin(w.T), name), args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGABRT) } // it tells where it hangs
	cmd.WaitDelay = 10 * time.Second
	config := []string{"/dev/null", w.base + "/plain.toml", w.base + "/with-log.toml"}[w.random.IntN(3)]
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + w.base + "/tmp", "SWITCHBOARD_CONFIG=" + config}
	cmd.Dir, cmd.Stdin = w.base+"/tmp", bytes.NewReader(stdin)
	r, err := harness.Wait(cmd, cmd.Start)
	w.tally.count(name, r.Status)
	line := fmt.Sprintf("%s %s (%s)", name, strings.Join(args, " "), filepath.Base(config))
	switch {
	case err != nil:
		w.report("%s: %v", line, err)
	case ctx.Err() != nil:
		w.report("%s hangs:\n%s", line, r.Err)
	case !slices.Contains(statuses, r.Status):
		w.report("%s: status %d: %s", line, r.Status, r.Err)
	case strings.Contains(r.Out, w.secret):
		w.report("%s printed a secret: %s", line, r.Out)
	case strings.Contains(r.Err, w.secret):
		w.report("%s said a secret: %s", line, r.Err)
	}
	return r
}

func (w *worker) report(format string, args ...any) {
	if w.few.more() {
		w.Errorf(format, args...)
	}
}

// in returns the path of a queue of the enemy's.
func (w *worker) in(name string) string { return filepath.Join(w.base, "var/queues", name) }

// anyQueue returns the path of any queue of the enemy's.
func (w *worker) anyQueue() string { return w.in(queueNames[w.random.IntN(len(queueNames))]) }

// entry returns the path of an entry with that extension, which may have gone when it is used.
func (w *worker) entry(dir, ext string) string {
	names := slices.DeleteFunc(list(dir), func(name string) bool { return filepath.Ext(name) != ext })
	if len(names) == 0 {
		return dir + "/" + harness.Base(w.random.IntN(6)) + ext
	}
	return filepath.Join(dir, names[w.random.IntN(len(names))])
}

// step runs one command, or a few that belong together.
func (w *worker) step() {
	text := fmt.Appendf(nil, "From: root@example.com\nSubject: %d\n\n%s\n", w.number, strings.Repeat("x", w.random.IntN(3000)))
	switch w.random.IntN(24) {
	case 0, 1:
		w.run(text, "qenqueue", "-m", "recips:=[\"a@example.com\"]", w.anyQueue())
	case 2:
		w.run(text, "qenqueue", "-p", "-f", "mailman3", w.in("made"))
	case 3:
		w.run(nil, "qenqueue", w.in("out"), w.entry(w.in("in"), ".pck"))
	case 4:
		w.run(slices.Concat([]byte("From a\n"), text, []byte("\nFrom b\n"), text), "qenqueue", "--mbox", w.in("in"))
	case 5, 6:
		w.claims()
	case 7:
		w.run(nil, "qrestore", "--max-restores", "2", w.anyQueue())
	case 8:
		w.run(nil, "qrestore", w.entry(w.in("bad"), ".psv"), w.entry(w.in("in"), ".bak"))
	case 9:
		w.run(nil, "qrestore", "--origin", w.in("shunt"))
	case 10:
		w.run(nil, "qmove", "--to", fmt.Sprintf("new%d", w.random.IntN(3)), w.entry(w.in("in"), ".pck"), w.entry(w.in("out"), ".pck"))
	case 11:
		w.run(nil, "qmove", "-a", "--to", w.anyQueue(), w.anyQueue())
	case 12:
		w.run(nil, "qmove", "--to", w.in("in"), w.entry(w.in("bad"), ".psv"))
	case 13:
		w.run(nil, "qdiscard", "--larger-than", "2k", w.anyQueue())
	case 14:
		w.run(nil, "qstat", []string{"-l", "--check", "--json", "-e", "--metrics"}[w.random.IntN(5)], w.anyQueue())
	case 15:
		w.run(nil, "qstat") // the whole site
	case 16:
		w.run(nil, "qstat", w.entry(w.in("shunt"), ".pck"), w.entry(w.in("bad"), ".psv"), w.entry(w.in("in"), ".pck"))
	case 17:
		w.run(nil, "qcat", []string{"-m", "--json", "--raw", "-H"}[w.random.IntN(4)], w.entry(w.anyQueue(), ".pck"))
	case 18:
		w.run(nil, "qcat", "--maildir", w.base+"/export/maildir", w.entry(w.anyQueue(), ".pck"), w.entry(w.anyQueue(), ".bak"))
	case 19:
		w.run(nil, "qrun", "-j", "2", w.anyQueue(), "sh", "-c", []string{"cat >/dev/null", "exit 75", "exit 3"}[w.random.IntN(3)])
	case 20:
		w.run(nil, "qrun", "-s", "1/2", "--keep", w.anyQueue(), "true")
	case 21:
		w.run(nil, "qdeliver", "--dry-run", "--domain", "example.com", w.in("out"))
	default:
		w.ownMail()
	}
}

// claims claims entries, and finishes, preserves or requeues them.
func (w *worker) claims() {
	args := [][]string{{}, {"-n", "3"}, {"--json"}, {"-a"}, {"-s", "0/2"}}[w.random.IntN(5)]
	r := w.run(nil, "qdequeue", append(slices.Clone(args), w.anyQueue())...)
	var paths []string
	for line := range strings.Lines(r.Out) {
		if !strings.HasPrefix(line, "{") {
			paths = append(paths, strings.TrimSpace(line))
		}
	}
	if paths == nil {
		paths = []string{w.entry(w.in("in"), ".bak")}
	}
	args = [][]string{{}, {"--preserve"}, {"--requeue"}, {"--bad", w.in("bad"), "--preserve"}}[w.random.IntN(4)]
	w.run(nil, "qfinish", append(slices.Clone(args), paths...)...)
}

// ownMail stores a message in root's own queue, and then perhaps tries to move it to the
// enemy, or claims it and gives it back.
func (w *worker) ownMail() {
	text := fmt.Appendf(nil, "Subject: root's\n\n%d %d %d\n", w.number, len(w.own), w.random.Uint64())
	r := w.run(text, "qenqueue", w.base+"/roots/in")
	path := strings.TrimSpace(r.Out)
	if r.Status != 0 {
		w.report("root's own queue: status %d: %s", r.Status, r.Err)
		return
	}
	id, _ := queue.SplitName(filepath.Base(path))
	w.own[id.String()] = text
	switch w.random.IntN(3) {
	case 0:
		if w.run(nil, "qmove", "--to", w.anyQueue(), path).Status == 0 {
			delete(w.own, id.String()) // it is the enemy's now
		}
	case 1:
		if r := w.run(nil, "qdequeue", path); r.Status == 0 {
			w.run(nil, "qfinish", "--bad", w.in("bad"), "--requeue", strings.TrimSpace(r.Out))
		}
	}
}

// checkOwnMail checks that root's own queue has each message once, and whole.
func (w *worker) checkOwnMail() {
	w.Helper()
	for base, text := range w.own {
		var found []string
		for _, ext := range []string{".pck", ".bak", ".psv"} {
			path := w.base + "/roots/in/" + base + ext
			held, err := harness.Read(path)
			if os.IsNotExist(err) {
				continue
			}
			if err != nil || !bytes.Equal(held.Text, text) {
				w.report("%s: %v: it has %q, want %q", path, err, held.Text, text)
			}
			found = append(found, path)
		}
		if len(found) != 1 {
			w.report("root's own message %s: found as %v", base, found)
		}
	}
}

// tally counts the statuses of each command.
type tally map[string]map[int]int

func (t tally) count(name string, status int) {
	if t[name] == nil {
		t[name] = map[int]int{}
	}
	t[name][status]++
}

func (t tally) add(other tally) {
	for name, counts := range other {
		for status, n := range counts {
			for range n {
				t.count(name, status)
			}
		}
	}
}

// done returns how often a command succeeded.
func (t tally) done(name string) int { return t[name][0] }

func (t tally) all() (n int) {
	for _, counts := range t {
		for _, c := range counts {
			n += c
		}
	}
	return n
}

func (t tally) String() string {
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(t)) {
		fmt.Fprintf(&text, "%-9s", name)
		for _, status := range slices.Sorted(maps.Keys(t[name])) {
			fmt.Fprintf(&text, "  %d: %d", status, t[name][status])
		}
		text.WriteByte('\n')
	}
	return text.String()
}
