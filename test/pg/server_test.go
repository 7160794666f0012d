package pg

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"switchboard/test/harness"
	"switchboard/test/harness/postgres"
)

var small = []byte("From: <a@test.example>\nSubject: one\n\nHello.\n")

// TestOldServer has a proxy give the server an old version: 78, with the version that is
// needed, before anything is done.
func TestOldServer(t *testing.T) {
	t.Parallel()
	w := newSite(t)
	version := regexp.MustCompile(`\b1[2-9]0[0-9]{3}\b`)
	p := postgres.StartProxy(t, w.db.Server, func(m postgres.Message) postgres.Fate {
		if m.FromServer && m.Kind == "DataRow" {
			if at := version.FindIndex(m.Data); at != nil {
				copy(m.Data[at[0]:], "110022")
			}
		}
		return postgres.Pass
	})
	w.env = []string{"SWITCHBOARD_PG=" + p.DSN(w.db)}
	for _, command := range [][]string{{"qdequeue", "pg:in"}, {"qstat", "pg:in"}, {"switchboard-pg", "check"}, {"switchboard-pg", "init"}} {
		r := w.run(t, 78, command[0], command[1:]...)
		if !strings.Contains(r.Err, "11") || !strings.Contains(r.Err, "12") {
			t.Errorf("%s: %s", command[0], r.Err)
		}
	}
	w.runWith(t, string(small), 75, "qenqueue", "pg:in")
	if got := w.db.Entries(t); len(got) != 0 {
		t.Errorf("%v", got)
	}
}

// TestNotDurable has a server lose what it acknowledges: 78, and nothing is stored. One that has
// only synchronous_commit off keeps the promises, because the commands turn it on.
func TestNotDurable(t *testing.T) {
	t.Parallel()
	w := newOwnSite(t, postgres.Memory)
	set := func(name, value string) {
		t.Helper()
		w.db.SQL(t, "ALTER SYSTEM SET "+name+" = "+value)
		w.db.SQL(t, "SELECT pg_reload_conf()")
		for deadline := time.Now().Add(time.Minute); w.db.SQL(t, "SHOW "+name) != value; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s does not become %s", name, value)
			}
		}
	}
	for _, name := range []string{"fsync", "full_page_writes"} {
		set(name, "off")
		if r := w.run(t, 78, "switchboard-pg", "check"); !strings.Contains(r.Out+r.Err, name) {
			t.Errorf("check says %q, %q", r.Out, r.Err)
		}
		if r := w.runWith(t, string(small), 75, "qenqueue", "pg:in"); !strings.Contains(r.Err, name) {
			t.Errorf("qenqueue says %q", r.Err)
		}
		w.run(t, 78, "qdequeue", "pg:in")
		if got := w.db.Entries(t); len(got) != 0 {
			t.Errorf("%v", got)
		}
		set(name, "on")
	}
	set("synchronous_commit", "off")
	w.run(t, 0, "switchboard-pg", "check")
	w.runWith(t, string(small), 0, "qenqueue", "pg:in")
}

// TestRestart crashes a server while a worker waits, and starts it again: the worker goes on,
// and what was acknowledged is there.
func TestRestart(t *testing.T) {
	t.Parallel()
	w := newOwnSite(t, postgres.Real)
	s := w.db.Server

	cmd := harness.Command(t, "qrun", "-w", "pg:in", "sh", "-c", `cat >>got`)
	cmd.Dir, cmd.Env = w.dir, append(cmd.Env, w.env...)
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	store := func(i int) {
		t.Helper()
		w.runWith(t, fmt.Sprintf("Subject: %d\n\nx\n", i), 0, "qenqueue", "pg:in")
	}
	store(1)
	w.wait(t, "got", "Subject: 1\n")
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	hasty := *w
	hasty.configure(t, `timeout = "1s"`)
	hasty.runWith(t, string(small), 75, "qenqueue", "pg:in")
	hasty.run(t, 69, "qstat", "pg:in")
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	store(2)
	w.wait(t, "got", "Subject: 2\n")
	cmd.Process.Signal(syscall.SIGTERM)
	if err := cmd.Wait(); err != nil {
		t.Errorf("qrun: %v\n%s", err, said.String())
	}
	if got := w.read(t, "got"); strings.Count(got, "Subject") != 2 {
		t.Errorf("%q", got)
	}
}

// TestFrozen stops a server that still has its connections: every command gives up in time, and
// says that it may have stored.
func TestFrozen(t *testing.T) {
	t.Parallel()
	w := newOwnSite(t, postgres.Memory)
	w.configure(t, `timeout = "1s"`)
	if err := w.db.Server.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	defer w.db.Server.Signal(syscall.SIGCONT)
	for _, test := range []struct {
		status int
		args   []string
	}{{75, []string{"qenqueue", "pg:in"}}, {69, []string{"qdequeue", "pg:in"}}, {69, []string{"qstat", "pg:in"}}} {
		began := time.Now()
		w.runWith(t, string(small), test.status, test.args[0], test.args[1:]...)
		if took := time.Since(began); took > 30*time.Second {
			t.Errorf("%s took %v", test.args[0], took)
		}
	}
}

// TestRoles uses each role for what it is for: a storer stores and cannot read, one that looks
// changes nothing, and a handler does everything.
func TestRoles(t *testing.T) {
	t.Parallel()
	w := newSite(t)
	suffix := "_" + w.db.Name
	for _, role := range []string{"store", "handle", "look"} {
		w.db.Exec(t, fmt.Sprintf("CREATE ROLE %s%s LOGIN IN ROLE switchboard_%s", role, suffix, role))
	}
	as := func(role string) {
		w.env = []string{"SWITCHBOARD_PG=" + strings.Replace(w.db.DSN(), "user=postgres", "user="+role+suffix, 1)}
	}
	as("store")
	path := strings.TrimSpace(w.runWith(t, string(small), 0, "qenqueue", "pg:in").Out)
	w.runWith(t, string(small), 0, "qenqueue", "--base", harness.Base(1), "pg:in")
	w.runWith(t, string(small), 0, "qenqueue", "--base", harness.Base(1), "pg:in")
	w.run(t, 77, "qcat", path)
	w.run(t, 77, "qdequeue", "pg:in")
	as("look")
	w.run(t, 0, "qstat", "pg:in")
	w.run(t, 0, "qstat", "-l", "pg:in")
	if r := w.run(t, 0, "qcat", path); r.Out != string(small) {
		t.Errorf("%q", r.Out)
	}
	w.run(t, 77, "qdequeue", "pg:in")
	w.run(t, 77, "qdiscard", path)
	w.runWith(t, string(small), 75, "qenqueue", "pg:in")
	as("handle")
	w.run(t, 0, "qrun", "pg:in", "true")
	w.runWith(t, string(small), 0, "qenqueue", "pg:in")
	w.run(t, 0, "qmove", "-a", "--to", "hold", "pg:in")
	w.run(t, 0, "qdiscard", "--smaller-than", "1M", "pg:hold")
	if left := w.db.Entries(t); len(left) != 0 {
		t.Errorf("%v", left)
	}
	w.db.Exec(t, "DROP OWNED BY store"+suffix+", handle"+suffix+", look"+suffix)
	w.db.Exec(t, "DROP ROLE store"+suffix+", handle"+suffix+", look"+suffix)
}
