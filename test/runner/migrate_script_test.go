package runner

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"switchboard/pkg/message"
	"switchboard/test/golden"
	"switchboard/test/harness"
)

// oldTree makes the queues of both Mailmans, with a message for each kind of address of two
// lists.
func oldTree(t *testing.T) *migration {
	t.Helper()
	m := newTree(t)
	for dir := range strings.FieldsSeq("qfiles/commands qfiles/bounces qfiles/shunt qfiles/bad data") {
		if err := os.MkdirAll(m.path(dir), 0o2770); err != nil {
			t.Fatal(err)
		}
	}
	for n, kind := range []struct{ queue, flag string }{
		{"in", "tolist"}, {"in", "toowner"}, {"commands", "torequest"}, {"commands", "tojoin"},
		{"commands", "toleave"}, {"commands", "toconfirm"}, {"bounces", "x"}, {"in", "x"}, {"shunt", "tolist"},
	} {
		m.entry(kind.queue, n, "Subject: "+kind.queue+" "+kind.flag+"\n\n\"toowner\":1\n", message.Item{Key: kind.flag, Value: 1})
	}
	return m
}

// counts returns the numbers of files in the queues of both Mailmans.
func (m *migration) counts() (old, stored int) {
	m.Helper()
	count := func(pattern string) int {
		paths, err := filepath.Glob(m.path(pattern))
		if err != nil {
			m.Fatal(err)
		}
		return len(paths)
	}
	return count("qfiles/*/*+*"), count("var/queue/*/*+*.pck")
}

// TestMigrateKinds checks which queue and metadata each kind of mail gets.
func TestMigrateKinds(t *testing.T) {
	t.Parallel()
	m := oldTree(t)
	if r := m.migrate("example.com"); r.Status != 0 || strings.Count(r.Out, "\n") != 9 || r.Err != "" {
		t.Fatalf("status %d\n%s%s", r.Status, r.Out, r.Err)
	}
	want := map[string]string{
		"in tolist": `in "to_list":true`, "in toowner": `in "to_owner":true`, "in x": `in "to_list":true`,
		"shunt tolist": `in "to_list":true`, "commands torequest": `command "subaddress":"request"`,
		"commands tojoin": `command "subaddress":"join"`, "commands toleave": `command "subaddress":"leave"`,
		"commands toconfirm": `command "subaddress":"confirm"`, "bounces x": `bounces "subaddress":"bounces"`,
	}
	paths, _ := filepath.Glob(m.path("var/queue/*/*.pck"))
	for _, path := range paths {
		text := m.run("qcat", path).Out
		subject, _, _ := strings.Cut(strings.TrimPrefix(text, "Subject: "), "\n")
		queue, member, _ := strings.Cut(want[subject], " ")
		meta := m.run("qcat", "-m", path).Out
		if filepath.Base(filepath.Dir(path)) != queue || !strings.Contains(meta, member) || !strings.Contains(meta, `"listid":"test.example.com"`) {
			t.Errorf("%q is in %s with %s", subject, path, meta)
		}
		delete(want, subject)
	}
	if len(want) > 0 {
		t.Errorf("not moved: %v", want)
	}
}

// TestMigrateHeld checks that a held message is stored as a new post, once, and that its file
// keeps its content under another name. A held message of another list is left alone.
func TestMigrateHeld(t *testing.T) {
	t.Parallel()
	m := oldTree(t)
	_, data := golden.CaseFile(t, "heldmsg-mm2")
	m.write("../data", "heldmsg-two-words-12.pck", data)
	m.write("../data", "heldmsg-staff-3.pck", data)
	m.write("../data", "pending.pck", data)
	for range 2 {
		m.migrate("-l", "two-words", "example.com")
	}
	paths, _ := filepath.Glob(m.path("var/queue/*/*.pck"))
	if len(paths) != 1 {
		t.Fatalf("stored %q", paths)
	}
	meta := m.run("qcat", "-m", paths[0]).Out
	for _, member := range []string{`"listid":"two-words.example.com"`, `"to_list":true`} {
		if !strings.Contains(meta, member) {
			t.Errorf("%s lacks %s", meta, member)
		}
	}
	if text := m.run("qcat", paths[0]).Out; !strings.Contains(text, "From: User One <user1@example.org>") {
		t.Errorf("it is %q", text)
	}
	for _, name := range []string{"heldmsg-two-words-12.pck.moved", "heldmsg-staff-3.pck", "pending.pck"} {
		if left, err := os.ReadFile(m.path("data/" + name)); err != nil || string(left) != string(data) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestMigrateStays checks what stays: everything while nothing can be stored, mail of other
// lists, and mail that the old Mailman had begun to send.
func TestMigrateStays(t *testing.T) {
	t.Parallel()
	m := oldTree(t)
	stub := t.TempDir()
	fail := filepath.Join(stub, "qenqueue")
	if err := harness.WriteProgram(fail, "#!/bin/sh\nexit 75\n"); err != nil {
		t.Fatal(err)
	}
	cmd := m.migrateCommand("example.com")
	cmd.Env = append(cmd.Env, "PATH="+stub+":"+harness.Bin(t)+":"+os.Getenv("PATH"))
	r, err := harness.Wait(cmd, cmd.Start)
	if err != nil || r.Status != 75 || r.Out != "" {
		t.Errorf("%v, status %d, stored %q", err, r.Status, r.Out)
	}
	if old, stored := m.counts(); old != 9 || stored != 0 {
		t.Errorf("after a failure %d are left, %d stored", old, stored)
	}
	if r := m.migrate("-l", "other", "-l", "tes", "example.com"); r.Status != 75 || r.Out != "" {
		t.Errorf("of other lists: status %d\n%s", r.Status, r.Out)
	}
	m.entry("in", 20, "List-Post: <mailto:test@example.com>\nSubject: x\n\n", message.Item{Key: "tolist", Value: 1})
	r = m.migrate("-l", "other", "-l", "test", "example.com")
	if old, stored := m.counts(); r.Status != 75 || old != 1 || stored != 9 || !strings.Contains(r.Err, "has been through the old Mailman") {
		t.Errorf("status %d, %d left, %d stored\n%s", r.Status, old, stored, r.Err)
	}
}

// TestMigrateUsage checks that a wrong command line is refused before anything moves.
func TestMigrateUsage(t *testing.T) {
	t.Parallel()
	m := oldTree(t)
	for status, calls := range map[int][][]string{
		64: {{""}, {}, {"example.com", "x"}, {"-x", "example.com"}, {"-l", "", "example.com"}, {"-s", "", "example.com"}},
		66: {{"-d", "x", "example.com"}},
	} {
		if status == 66 {
			if err := os.Remove(m.path("var/queue/command")); err != nil {
				t.Fatal(err)
			}
		}
		for _, args := range calls {
			if r := m.migrate(args...); r.Status != status || r.Out != "" {
				t.Errorf("%q: status %d, not %d: %s%s", args, r.Status, status, r.Out, r.Err)
			}
		}
	}
	if old, stored := m.counts(); old != 9 || stored != 0 {
		t.Errorf("%d are left, %d stored", old, stored)
	}
}
