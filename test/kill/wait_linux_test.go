package kill

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"switchboard/test/harness"
)

// waiting is a command that waits for another one, which is stopped.
type waiting struct {
	name   string
	first  *scenario
	second *scenario
	// stop reports whether a call of the first command is that before which it is stopped.
	stop func(c *call) bool
	// waits reports whether a call of the second command shows that it waits. The first one
	// goes on then. If waits is nil, it goes on when the second one has ended.
	waits func(c *call) bool
	// rules, if there are any, decide about the calls of both.
	rules func(c *call) verdict
	// files makes the other files.
	files func(w *world) error
	// status are the statuses of both, and says is what the second one says.
	status [2]int
	says   string
}

// nth returns what reports the n-th of some calls.
func nth(n int, calls func(c *call) bool) func(c *call) bool {
	return func(c *call) bool {
		if !calls(c) {
			return false
		}
		n--
		return n == 0
	}
}

// on returns what reports a call of a name on a file.
func on(name, file string) func(c *call) bool {
	return func(c *call) bool { return c.name == name && filepath.Base(c.on) == file }
}

// renames reports whether a call renames a file, and does not fail on NFS.
func renames(c *call) bool { return strings.HasPrefix(c.name, "renameat") && nfs4(c).errno == 0 }

func waitings() []*waiting {
	stores := &scenario{name: "store", command: "qenqueue", args: in(), mails: none, stdin: text(100), stores: texts(1)}
	claims := &scenario{name: "claim", command: "qdequeue", args: in(), mails: oneOfThree}
	return []*waiting{
		{
			name: "for an entry", first: stores, stop: nth(1, func(c *call) bool { return c.name == "renameat2" || c.name == "linkat" }),
			second: &scenario{command: "qdequeue", args: in("-w")}, waits: nth(2, on("getdents64", "in")),
		},
		{
			name: "for the lock of renames", first: claims, stop: nth(1, renames), rules: nfs4,
			second: claims, waits: nth(2, on("flock", "switchboard.rename")),
		},
		{
			name: "in vain for the lock of renames", first: claims, stop: nth(1, renames), rules: nfs4,
			second: claims, status: [2]int{0, 75}, says: "keeps the lock on switchboard.rename",
		},
		{
			name:  "in vain for a slice",
			first: &scenario{command: "qrestore", args: in(), mails: these(restored(0))}, stop: nth(1, on("pwrite64", harness.Base(0)+".bak")),
			files:  func(w *world) error { return harness.WriteFile(filepath.Join(w.dir("in"), "switchboard.lock"), nil) },
			second: &scenario{command: "qrun", args: handler("true")}, status: [2]int{0, 75}, says: "is being run by process",
		},
	}
}

// TestStopAndWait stops a command for which another one waits. The other one goes on as soon as
// the first does, or gives up after the time that the manual says, and names what it waited for.
func TestStopAndWait(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, s := range waitings() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			b.stopAndWait(t, s)
		})
	}
}

func (b *bench) stopAndWait(t *testing.T, s *waiting) {
	with := *s.first
	with.files = s.files
	w := b.world(t, &with)
	defer w.remove()
	rules := func(c *call) verdict {
		if s.rules == nil {
			return verdict{}
		}
		return s.rules(c)
	}
	first, second := w.command(t, s.first, s.first.args(w)), w.command(t, s.second, s.second.args(w))
	defer first.Stdin.(*os.File).Close()
	defer second.Stdin.(*os.File).Close()
	ended := make(chan harness.Result, 1)
	stopped := false
	mine, calls, err := w.watch(first, func(c *call) verdict {
		if stopped || !s.stop(c) {
			return rules(c)
		}
		stopped = true
		return verdict{meanwhile: func() {
			waits := make(chan bool, 1)
			go func() {
				r, calls, err := w.watch(second, func(c *call) verdict {
					if s.waits != nil && s.waits(c) {
						waits <- true
					}
					return rules(c)
				})
				if err != nil {
					t.Error(err)
				} else if r.Status != s.status[1] || !strings.Contains(r.Err, s.says) {
					t.Errorf("the second one: status %d, %s, calls:\n%s", r.Status, r.Err, tail(calls))
				}
				ended <- r
				close(waits)
			}()
			if !<-waits && s.waits != nil {
				t.Error("the second one did not wait")
			}
		}}
	})
	if err != nil {
		t.Fatal(err)
	}
	if !stopped {
		t.Fatalf("the first one was not stopped, of whose calls:\n%s", strings.Join(calls, "\n"))
	}
	theirs := <-ended
	if mine.Status != s.status[0] {
		t.Errorf("the first one: status %d, %s", mine.Status, mine.Err)
	}
	if err := w.once(mine, theirs); err != nil {
		t.Error(err)
	}
}

// once checks that each mail is in one place, and claimed once.
func (w *world) once(results ...harness.Result) error {
	found, err := w.find(w.of, look{})
	if err != nil {
		return err
	}
	claims := map[string]int{}
	for _, r := range results {
		for base, n := range claimed(r.Out) {
			claims[base] += n
		}
	}
	for i, places := range found.mails {
		if n := claims[harness.Base(i)]; len(places) > 1 || n > 1 {
			return fmt.Errorf("mail %d is %v, and was claimed %d times", i, places, n)
		}
	}
	return nil
}
