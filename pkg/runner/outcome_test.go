package runner_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"switchboard/pkg/queue"
)

const mail = "From: a@example.com\nSubject: hello\n\nbody\n"

// TestOutcomes checks what happens to an entry for each way in which a command can end.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, shell string
		kinds       string
		in, shunt   int
		bad         int
		waiting     int
	}{
		{"finished", `cat >/dev/null`, "finished", 0, 0, 0, 0},
		{"requeued", `exit 75`, "deferred", 1, 0, 0, 1},
		{"shunted", `exit 1`, "shunted", 0, 1, 0, 0},
		{"shunted by the highest status", `exit 255`, "shunted", 0, 1, 0, 0},
		// A shell that reports its command's signal has exited by itself.
		{"shunted by a shell", `sh -c 'kill -9 $$'; exit $?`, "shunted", 0, 1, 0, 0},
		{"crashed three times", `kill -SEGV $$`, "restored restored preserved", 0, 0, 1, 0},
		{"killed its group", `kill -9 0`, "restored restored preserved", 0, 0, 1, 0},
		{"input not read", `:`, "finished", 0, 0, 0, 0},
		{"input closed", `exec <&-; exit 0`, "finished", 0, 0, 0, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			// This is more than a pipe holds: a writer would block on what is not read.
			s.add(mail + strings.Repeat("a line of the body\n", 20000))
			totals, err := s.run(s.options(test.shell))
			if err != nil {
				t.Fatal(err)
			}
			if got := s.kinds(); got != test.kinds {
				t.Errorf("outcomes %q, want %q", got, test.kinds)
			}
			for name, want := range map[string]int{"in": test.in, "shunt": test.shunt, "bad": test.bad} {
				if got := s.files(name); len(got) != want {
					t.Errorf("%s holds %q, want %d", name, got, want)
				}
			}
			if totals.Waiting != test.waiting {
				t.Errorf("%d waiting, want %d", totals.Waiting, test.waiting)
			}
			if len(s.reports) > 0 {
				t.Errorf("reported %v", s.reports)
			}
		})
	}
}

// TestEnvironment checks that the command gets the message byte for byte, and that its
// environment describes the entry.
func TestEnvironment(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	text := "From: a@example.com\nSubject: 8-bit \xe4\n\n" + strings.Repeat("\x00\xff\r\n", 50000)
	id := s.add(text)[0]
	o := s.options(`cat >$out/message; cat "$Q_METADATA" >$out/metadata
		printf '%s\n' "$Q_QUEUE" "$Q_ENTRY" "$Q_LIST" "$Q_METADATA" >$out/env
		stat -c %a "$Q_METADATA" >$out/modes
		exec 4<&- 5<&- 6<&- 7<&- 8<&- 9<&-; cat "$Q_METADATA" >$out/closed
		test -f "$Q_ENTRY" && cmp -s "$Q_ENTRY" /dev/fd/3 && echo locked >$out/entry`)
	o.Env = append(o.Env, "Q_LIST=of another run")
	if _, err := s.run(o); err != nil {
		t.Fatal(err)
	}
	if got := s.written("message"); got != text {
		t.Errorf("the command read %d bytes, want the %d of the message", len(got), len(text))
	}
	env := strings.Split(s.written("env"), "\n")
	if env[0] != s.dir.Path() || env[1] != s.dir.EntryPath(id, queue.InFlight) || env[2] != "test" {
		t.Errorf("Q_QUEUE, Q_ENTRY, Q_LIST are %q", env)
	}
	var metadata map[string]any
	if err := json.Unmarshal([]byte(s.written("metadata")), &metadata); err != nil || metadata["listname"] != "test" {
		t.Errorf("metadata %q: %v", s.written("metadata"), err)
	}
	if got := s.written("modes"); got != "600\n" {
		t.Errorf("the mode of Q_METADATA is %q", got)
	}
	if s.written("closed") != s.written("metadata") {
		t.Error("Q_METADATA depends on a descriptor of the command")
	}
	if s.written("entry") != "locked\n" {
		t.Error("descriptor 3 is not the claimed file")
	}
	if list, err := os.ReadDir(o.TempDir); err != nil || len(list) > 0 {
		t.Errorf("left in the temporary directory: %v, %v", list, err)
	}
}

// TestHostileListName checks that no list's name stops the queue, because names of
// lists are untrusted.
func TestHostileListName(t *testing.T) {
	t.Parallel()
	for _, list := range []string{strings.Repeat("x", 200<<10), "a\x00b", "$(touch x)\n\x1b["} {
		s := newSite(t)
		b := s.dir.NewBatch(func(string) error { return nil })
		err := write(b, mail, listName(list))
		if err == nil {
			err = b.Flush()
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.run(s.options(`printf %s "$Q_LIST" >$out/list`)); err != nil {
			t.Fatal(err)
		}
		if got := s.kinds(); got != "finished" {
			t.Errorf("a list of %d bytes: %q", len(list), got)
		}
		if got := s.written("list"); len(list) < 100 && !strings.Contains(list, "\x00") && got != list {
			t.Errorf("Q_LIST is %q, want %q", got, list)
		}
	}
}

func TestOldestFirst(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ids := s.add(mail, mail, mail, mail)
	if _, err := s.run(s.options(`basename $Q_ENTRY .bak >>$out/order`)); err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	for _, id := range ids {
		want.WriteString(id.String() + "\n")
	}
	if got := s.written("order"); got != want.String() {
		t.Errorf("ran\n%swant\n%s", got, want.String())
	}
}

// TestCrashesComeLast checks that an entry whose command crashes is tried again after
// all others, so it does not hold them up.
func TestCrashesComeLast(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ids := s.add("Subject: crash\n\n", mail, mail)
	shell := `echo run >>$out/runs; if grep -q crash; then kill -9 $$; fi`
	if _, err := s.run(s.options(shell)); err != nil {
		t.Fatal(err)
	}
	if got, want := s.kinds(), "restored finished finished restored preserved"; got != want {
		t.Errorf("outcomes %q, want %q", got, want)
	}
	if n := strings.Count(s.written("runs"), "run"); n != 5 {
		t.Errorf("%d runs, want 5: three tries and two others", n)
	}
	s.has("in")
	s.has("bad", ids[0].Name(queue.Preserved))
	if n := s.read("bad", ids[0], queue.Preserved).Restores(); n != 3 {
		t.Errorf("%d restores are counted, want 3", n)
	}
	if o := s.outcomes[0]; o.Exit.Status != -1 || o.Exit.Signal.String() != "killed" || o.Restores != 1 {
		t.Errorf("outcome %+v", o)
	}
}

// TestCrashWithoutLimit checks that a crash does not keep one run busy forever if
// restores have no limit.
func TestCrashWithoutLimit(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	id := s.add(mail)[0]
	o := s.options(`kill -9 $$`)
	o.MaxRestores = 0
	totals, err := s.run(o)
	if err != nil || s.kinds() != "restored" || totals.Waiting != 1 {
		t.Errorf("%+v, %v, outcomes %q", totals, err, s.kinds())
	}
	s.has("in", id.Name(queue.Ready))
	if n := s.read("in", id, queue.Ready).Restores(); n != 1 {
		t.Errorf("%d restores are counted, want 1", n)
	}
}

func TestShunt(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	id := s.add(mail)[0]
	if _, err := s.run(s.options(`exit 3`)); err != nil {
		t.Fatal(err)
	}
	s.has("in")
	s.has("shunt", id.Name(queue.Ready))
	c := s.read("shunt", id, queue.Ready)
	if c.WhichQueue() != s.dir.Path() {
		t.Errorf("whichq is %q, want %q", c.WhichQueue(), s.dir.Path())
	}
	var text strings.Builder
	if err := c.WriteMessage(&text); err != nil || text.String() != mail {
		t.Errorf("message %q, %v", text.String(), err)
	}
	if o := s.outcomes[0]; o.Exit.Status != 3 || o.To != filepath.Join(s.root, "shunt", id.Name(queue.Ready)) {
		t.Errorf("outcome %+v", o)
	}
}

// TestShuntFails checks that an entry stays in flight if it cannot be moved to the
// shunt queue, and that the run goes on with the others.
func TestShuntFails(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ids := s.add("Subject: bad\n\n", mail)
	shunt := filepath.Join(s.root, "shunt")
	if _, err := s.run(s.options(fmt.Sprintf(`: >'%s'; ! grep -q bad`, shunt))); err != nil {
		t.Fatal(err)
	}
	s.has("in", ids[0].Name(queue.InFlight))
	if s.kinds() != "finished" || len(s.reports) != 1 {
		t.Errorf("outcomes %q, reported %v", s.kinds(), s.reports)
	}
	// If the run finds this out at the start, it restores nothing and runs no command.
	if _, err := s.run(s.options(`:`)); !errors.Is(err, queue.ErrCreate) {
		t.Errorf("%v", err)
	}
	s.has("in", ids[0].Name(queue.InFlight))
}

// TestUnreadable checks that an unreadable entry is preserved, and that the run goes
// on.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ids := s.add(mail, mail)
	path := s.dir.EntryPath(ids[0], queue.Ready)
	if err := os.WriteFile(path, []byte("no pickle"), 0o660); err != nil {
		t.Fatal(err)
	}
	if _, err := s.run(s.options(`:`)); err != nil {
		t.Fatal(err)
	}
	if got, want := s.kinds(), "preserved finished"; got != want {
		t.Errorf("outcomes %q, want %q", got, want)
	}
	s.has("bad", ids[0].Name(queue.Preserved))
}

// TestConflict checks a ready entry and one in flight that have the same file base.
// Both files are kept, the conflict is reported, and the run goes on with the others.
func TestConflict(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ids := s.add(mail, mail)
	other := s.dir.EntryPath(ids[0], queue.InFlight)
	if err := os.WriteFile(other, []byte("another file"), 0o660); err != nil {
		t.Fatal(err)
	}
	o := s.options(`:`)
	o.MinAge = time.Hour
	if _, err := s.run(o); err != nil {
		t.Fatal(err)
	}
	s.has("in", ids[0].Name(queue.InFlight), ids[0].Name(queue.Ready))
	if s.kinds() != "finished" {
		t.Errorf("outcomes %q", s.kinds())
	}
	found := false
	for _, err := range s.reports {
		found = found || errors.Is(err, queue.ErrConflict)
	}
	if !found {
		t.Errorf("the conflict is not reported: %v", s.reports)
	}
}

func TestSlice(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	texts := make([]string, 40)
	for i := range texts {
		texts[i] = mail
	}
	ids := s.add(texts...)
	o := s.options(`:`)
	o.Slice = queue.Slice{Index: 1, Count: 3}
	if _, err := s.run(o); err != nil {
		t.Fatal(err)
	}
	inside := o.Slice.Filter()
	var left []string
	for _, id := range ids {
		if !inside(id) {
			left = append(left, id.Name(queue.Ready))
		}
	}
	s.has("in", left...)
	if len(left) == 0 || len(left) == len(ids) {
		t.Errorf("%d of %d are outside the slice: this shows nothing", len(left), len(ids))
	}
}

func TestJobs(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.add(mail, mail, mail, mail, mail, mail)
	o := s.options(`echo $$ >$out/job.$$; while test $(ls $out | wc -l) -lt 3; do sleep 0.01; done`)
	o.Jobs = 3
	// Each command waits until three have begun, so with fewer jobs the run never ends.
	if _, err := s.run(o); err != nil || len(s.outcomes) != 6 {
		t.Errorf("%v, outcomes %q", err, s.kinds())
	}
}
