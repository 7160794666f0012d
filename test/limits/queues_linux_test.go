package limits

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"switchboard/pkg/message"
	"switchboard/pkg/queue"
	"switchboard/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// queues are the queues of a test, with a few messages:
//
//	in    0 and 1 are ready, 2 is in flight
//	bad   3 is preserved
type queues struct{ dir string }

var queueNames = []string{"in", "out", "bad", "shunt", "hold"}

// messages is how many messages are there before a command runs. The one that qenqueue stores
// has the next number.
const messages = 4

// text returns the text of a message. It does not fit in a page or in a pipe.
func text(n int) []byte {
	return fmt.Appendf(nil, "From: a@example.com\nSubject: %d\n\n%s", n, strings.Repeat(fmt.Sprintf("line of message %d\n", n), 5000))
}

var texts = [][]byte{text(0), text(1), text(2), text(3), text(4)}

// newDir returns a directory in memory, if there is room for one: these tests do not depend on
// the disk.
func newDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "switchboard-limits-")
	if err != nil {
		dir, err = os.MkdirTemp(os.TempDir(), "limits-")
	}
	if err == nil {
		err = os.Chmod(dir, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// newQueues makes the queues in dir, which must be empty. They belong to the user with the
// number owner.
func newQueues(t *testing.T, dir string, owner int) queues {
	t.Helper()
	q := queues{dir}
	for _, name := range queueNames {
		must(t, os.Mkdir(q.path(name), 0o770))
		must(t, os.Chown(q.path(name), owner, owner))
	}
	for n, place := range []struct{ queue, ext string }{{"in", ".pck"}, {"in", ".pck"}, {"in", ".bak"}, {"bad", ".psv"}} {
		e := harness.Entry{Base: harness.Base(n), Text: text(n), Metadata: []message.Item{
			{Key: "recips", Value: []any{"b@example.com"}}, {Key: "whichq", Value: q.path("in")},
		}}
		_, err := e.Write(q.path(place.queue), place.ext)
		must(t, err)
	}
	return q
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (q queues) path(name string) string { return filepath.Join(q.dir, name) }

func (q queues) entry(name string, n int, ext string) string {
	return filepath.Join(q.dir, name, harness.Base(n)+ext)
}

// found returns the entries with each message, by its number. It fails for a file that is
// neither an entry with one whole message nor one that a crash may leave.
func (q queues) found() (map[int][]string, error) {
	all := map[int][]string{}
	for _, name := range queueNames {
		list, err := os.ReadDir(q.path(name))
		if err != nil {
			return nil, err
		}
		for _, e := range list {
			path := filepath.Join(q.path(name), e.Name())
			_, state := queue.SplitName(e.Name())
			switch {
			case state == queue.Temporary, strings.HasPrefix(e.Name(), "switchboard."):
				continue
			case state == queue.Stray:
				return nil, fmt.Errorf("%s is not an entry", path)
			}
			held, err := harness.Read(path)
			if err != nil {
				return nil, err
			}
			n := slices.IndexFunc(texts, func(text []byte) bool { return bytes.Equal(text, held.Text) })
			if n < 0 {
				return nil, fmt.Errorf("%s has %d bytes of a message", path, len(held.Text))
			}
			all[n] = append(all[n], path)
		}
	}
	return all, nil
}

// command is a command that is run on the queues.
type command struct {
	name string
	// args are its arguments. {in} and the other queues stand for their paths, {0} to {3} for
	// those of the messages, {bin} for the directory of the commands.
	args  string
	stdin []byte
	// stores means that the command stores another message, tells that it prints the path.
	stores, tells bool
	// removes is the number of the message that the command may remove, -1 for none.
	removes int
	// hands means that the command hands the ready messages to qenqueue, which stores them
	// in out. A message may be stored there and still be here.
	hands bool
}

var commands = []command{
	{name: "qenqueue", args: "{in}", stdin: text(messages), stores: true, tells: true, removes: -1},
	{name: "qdequeue", args: "-n 2 {in}", removes: -1},
	{name: "qfinish", args: "{2}", removes: 2},
	{name: "qfinish", args: "--preserve {2}", removes: -1},
	{name: "qrestore", args: "{in}", removes: -1},
	{name: "qrestore", args: "{3}", removes: -1},
	{name: "qmove", args: "--to {hold} {0} {1}", removes: -1},
	{name: "qdiscard", args: "{0}", removes: 0},
	{name: "qstat", args: "-l {in}", removes: -1},
	{name: "qcat", args: "{0}", removes: -1},
	{name: "qrun", args: "-j 2 {in} {bin}/qenqueue {out}", removes: -1, hands: true},
	{name: "qdeliver", args: "--dry-run --domain example.com {in}", removes: -1},
}

func (c command) String() string { return c.name + " " + c.args }

// arguments returns the arguments for some queues.
func (c command) arguments(q queues, bin string) []string {
	pairs := []string{"{bin}", bin, "{0}", q.entry("in", 0, ".pck"), "{1}", q.entry("in", 1, ".pck"), "{2}", q.entry("in", 2, ".bak"), "{3}", q.entry("bad", 3, ".psv")}
	for _, name := range queueNames {
		pairs = append(pairs, "{"+name+"}", q.path(name))
	}
	return strings.Fields(strings.NewReplacer(pairs...).Replace(c.args))
}

// check checks what a command has left, after it ended with r.
func (c command) check(q queues, r harness.Result) error {
	all, err := q.found()
	if err != nil {
		return err
	}
	for n := range messages + 1 {
		paths, least, most := all[n], 1, 1
		switch {
		case n == messages && !c.stores:
			continue
		case n == messages && r.Status != 0, n == c.removes && r.Status != 0:
			least = 0
		case n == c.removes:
			least, most = 0, 0
		case c.hands && n < 3:
			most = 2
		}
		if len(paths) < least || len(paths) > most {
			return fmt.Errorf("message %d: found as %v", n, paths)
		}
		if c.hands && len(paths) == 2 && !slices.ContainsFunc(paths, func(p string) bool { return filepath.Dir(p) == q.path("out") }) {
			return fmt.Errorf("message %d: found as %v", n, paths)
		}
	}
	if c.tells && r.Status == 0 && strings.TrimSpace(r.Out) != all[messages][0] {
		return fmt.Errorf("it printed %q", r.Out)
	}
	if c.name == "qcat" && r.Status == 0 && r.Out != string(text(0)) {
		return fmt.Errorf("it printed %d bytes", len(r.Out))
	}
	return nil
}

// tally counts how a command ended.
type tally map[string]map[string]int

func (t tally) count(c command, end string) {
	if t[c.String()] == nil {
		t[c.String()] = map[string]int{}
	}
	t[c.String()][end]++
}

func (t tally) String() string {
	var all strings.Builder
	for _, name := range slices.Sorted(maps.Keys(t)) {
		fmt.Fprintf(&all, "%-55s %v\n", name, t[name])
	}
	return all.String()
}
