package runner

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"switchboard/test/harness"
)

// TestStatus checks that the exit status and the messages say what happened to the entries.
func TestStatus(t *testing.T) {
	t.Parallel()
	tests := []struct {
		shell  string
		status int
		says   string
	}{
		{`:`, 0, ""},
		{`exit 75`, 75, "1 requeued"},
		{`exit 2`, 65, "COMMAND exited 2; moved to"},
		{`kill -SEGV $$`, 65, "COMMAND was killed by SIGSEGV"},
		{`kill -34 $$`, 65, "COMMAND was killed by signal 34"},
	}
	for _, test := range tests {
		s := newSite(t)
		s.put("in", 1, ".pck", plain(1))
		r := s.run("qrun", "in", "sh", "-c", test.shell)
		s.want(r, test.status)
		if test.says == "" && r.Err != "" || !strings.Contains(r.Err, test.says) {
			t.Errorf("%s: says %q, want %q", test.shell, r.Err, test.says)
		}
	}
}

// TestNoCommand checks that nothing is touched if the command cannot be run.
func TestNoCommand(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.put("in", 1, ".pck", plain(1))
	if err := os.WriteFile(filepath.Join(s.root, "plain"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.root, "script"), []byte("true\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args   []string
		status int
	}{
		{[]string{"in", "./script"}, 126}, // without #!
		{[]string{"in", "no-such-command"}, 127},
		{[]string{"in", "./no-such-command"}, 127},
		{[]string{"in", "./plain"}, 126},
		{[]string{"in", "./in"}, 126},
		{[]string{"in"}, 64},
		{[]string{}, 64},
		{[]string{"in", "-j", "2", "true"}, 64},
		{[]string{"-j", "0", "in", "true"}, 64},
		{[]string{"-s", "3/3", "in", "true"}, 64},
		{[]string{"--timeout", "soon", "in", "true"}, 64},
		{[]string{"nowhere", "true"}, 66},
	} {
		r := s.run("qrun", test.args...)
		if r.Status != test.status || r.Err == "" {
			t.Errorf("qrun %q: status %d, want %d: %s", test.args, r.Status, test.status, r.Err)
		}
	}
	s.holds("in", 1, 0, 0)
	if list, err := os.ReadDir(s.path("in")); err != nil || len(list) != 2 {
		t.Errorf("the queue holds %v, %v; want the entry and the lock file", list, err)
	}
}

// TestPassesThrough checks that the command gets its own options, and that its output passes
// through.
func TestPassesThrough(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.put("in", 1, ".pck", plain(1))
	r := s.run("qrun", "in", "sh", "-c", `echo "$@"; echo err >&2`, "-x", "--help", "-j")
	s.want(r, 0)
	if r.Out != "--help -j\n" || r.Err != "err\n" {
		t.Errorf("printed %q and %q", r.Out, r.Err)
	}
}

func TestVerbose(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.put("in", 1, ".pck", plain(1))
	r := s.run("qrun", "-v", "in", "sh", "-c", `echo "of a command" >&2`)
	s.want(r, 0)
	for _, want := range []string{
		harness.Base(1) + ": of a command\n",
		"in/" + harness.Base(1) + ".pck -> in/" + harness.Base(1) + ".bak\n",
		"qrun: 1 finished, 0 requeued, 0 shunted, 0 restored, 0 preserved\n",
	} {
		if !strings.Contains(r.Err, want) {
			t.Errorf("says %q, want %q in it", r.Err, want)
		}
	}
}

// TestEvents checks that every outcome is a line of JSON, and that nothing else is on standard
// output.
func TestEvents(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for i, text := range []string{"exit 0", "exit 75", "exit 9", "kill -9 $$"} {
		s.put("in", i, ".pck", "Subject: x\n\n"+text+"\n")
	}
	const shell = `echo noise; eval "$(tail -1)"`
	r := s.run("qrun", "--json", "--max-restores", "1", "in", "sh", "-c", shell)
	s.want(r, 75)
	s.make("slow")
	s.put("slow", 4, ".pck", "Subject: x\n\nsleep 100\n")
	slow := s.run("qrun", "--json", "--max-restores", "1", "--timeout", "3s", "slow", "sh", "-c", shell)
	s.want(slow, 65)
	var got []string
	for line := range strings.SplitSeq(strings.TrimSpace(r.Out+slow.Out), "\n") {
		var event struct {
			Entry, Queue, Outcome, To, Signal string
			Status, Restores, Milliseconds    *int
			Timeout                           bool
		}
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if event.Queue == "" || !strings.HasPrefix(event.Entry, event.Queue+"/") || event.Milliseconds == nil {
			t.Errorf("event %s", line)
		}
		if got = append(got, event.Outcome+event.Signal); event.Timeout {
			got = append(got, "timeout")
		}
	}
	if want := "finished deferred shunted preservedSIGKILL preservedSIGTERM timeout"; strings.Join(got, " ") != want {
		t.Errorf("outcomes %q, want %q", got, want)
	}
	if strings.Count(r.Err, "noise\n") != 4 {
		t.Errorf("the command's output is not on standard error: %q", r.Err)
	}
}

// TestEventsUnread closes the reader of the events: the run ends after what it has claimed by
// then, and loses nothing. While the first event is not durable, it handles up to 32 entries.
func TestEventsUnread(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.fill(60, plain)
	cmd := s.command("qrun", "--json", "-w", "in", "true")
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	harness.Needs(t, "/dev/full", err)
	defer full.Close()
	cmd.Stdout = full
	r, err := harness.Wait(cmd, cmd.Start)
	if err != nil {
		t.Fatal(err)
	}
	if r.Status != 74 || !strings.Contains(r.Err, "standard output") {
		t.Errorf("status %d: %s", r.Status, r.Err)
	}
	if ready := len(s.files("in", ".pck")); ready < 60-33 || ready == 60 {
		t.Errorf("%d of 60 are ready", ready)
	}
	s.holds("in", len(s.files("in", ".pck")), 0, 0)
}

// TestPipeSignal checks that the command does not inherit an ignored SIGPIPE.
func TestPipeSignal(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.put("in", 1, ".pck", plain(1))
	r := s.run("qrun", "in", "sh", "-c", `sh -c 'while :; do echo y; done; echo $? >$out/ignored' | head -1 >/dev/null`)
	s.want(r, 0)
	if s.exists("ignored") {
		t.Error("the command ran with SIGPIPE ignored")
	}
}

// TestMailmanRuns checks that a queue that a running Mailman works on is refused.
func TestMailmanRuns(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	root := filepath.Join(s.root, "mailman")
	in := filepath.Join(root, "qfiles", "in")
	if err := os.MkdirAll(in, 0o770); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(root, "data"), 0o770); err != nil {
		t.Fatal(err)
	}
	pid := filepath.Join(root, "data", "master-qrunner.pid")
	if err := os.WriteFile(pid, []byte("1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := (harness.Entry{Base: harness.Base(1), Text: []byte(plain(1))}).Write(in, ".pck"); err != nil {
		t.Fatal(err)
	}
	s.want(s.run("qrun", in, "true"), 75)
	if list, err := os.ReadDir(in); err != nil || len(list) != 1 {
		t.Errorf("the queue holds %v, %v", list, err)
	}
	s.want(s.run("qrun", "--force", in, "true"), 0)
}
