package interop

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"switchboard/test/harness"
)

// The rules of qmove and qdiscard beside a running Mailman. Each test shows the accident with
// the real Mailman, and that our commands refuse what leads to it.

// diesOfVanished reports whether the runners of this Mailman die if an entry of their listing
// has gone: those before 2.1.10.
func (m *mailman) diesOfVanished() bool {
	var major, minor, micro int
	version := m.call("version", nil)["mailman"].(string)
	if n, _ := fmt.Sscanf(version, "%d.%d.%d", &major, &minor, &micro); n != 3 {
		m.Fatalf("version %s", version)
	}
	return major == 2 && minor == 1 && micro < 10
}

// noteVersion has a Mailman 2.1 note its version, as its installation does.
func (m *mailman) noteVersion() {
	m.Helper()
	if m.format == "mailman2" {
		m.call("note", nil)
	}
}

// TestVanished moves an entry away that a runner has in its listing. The runner goes on with
// the next one. An earlier one dies, so our commands refuse the queues of that version.
func TestVanished(t *testing.T) {
	eachMailman(t, func(m *mailman) {
		dies := m.diesOfVanished()
		m.noteVersion()
		m.masterIs(fmt.Sprintf("%d\n", os.Getpid()))
		var bases []string
		for n := range 4 {
			bases = append(bases, m.enqueue("in", fmt.Appendf(nil, "X-Mark: deep-%d\n\n", n), true, nil))
		}
		pause := filepath.Join(tempDir(m.T), "pause")
		if err := os.WriteFile(pause, nil, 0o644); err != nil {
			m.Fatal(err)
		}
		var handled []any
		ran := make(chan error)
		go func() {
			answer, err := m.Call("run", object{"queue": "in", "pause": pause})
			handled, _ = answer["handled"].([]any)
			ran <- err
		}()
		eventually(m.T, "their runner", func() bool {
			_, err := os.Stat(m.path("in", bases[0], ".bak"))
			return err == nil
		})
		moved, discarded := m.path("in", bases[1], ".pck"), m.path("in", bases[2], ".pck")
		for _, r := range []harness.Result{
			m.ours(nil, "qmove", "--to", "hold", moved),
			m.ours(nil, "qdiscard", discarded),
		} {
			if dies && (r.Status != 75 || !strings.Contains(r.Err, "runners before 2.1.10 die") || !strings.Contains(r.Err, "last_mailman_version")) || !dies && r.Status != 0 {
				m.Errorf("status %d: %s", r.Status, r.Err)
			}
		}
		if dies {
			if err := os.Remove(discarded); err != nil {
				m.Fatal(err)
			}
			m.holds("hold")
		} else {
			m.holds("hold", bases[1]+".pck")
		}
		if err := os.Remove(pause); err != nil {
			m.Fatal(err)
		}
		err := <-ran
		m.holds("bad")
		if dies {
			if err == nil || !strings.Contains(err.Error(), "No such file") {
				m.Errorf("the runner ended with %v", err)
			}
			m.holds("in", bases[3]+".pck") // nobody handles it any more
			return
		}
		if err != nil || len(handled) != 2 {
			m.Errorf("%d handled, %v", len(handled), err)
		}
		m.holds("in")
	})
}

// TestUnreadable puts an entry into a queue that the user of Mailman cannot read. The runner of
// a Mailman 2.1 tries it again in every pass, without a pause, and that of a Mailman 3 gives it
// up. Our commands refuse to move it there, and root gives it to that user.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	uid, gid := userList(t)
	as := &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	for _, format := range []string{"mailman2", "mailman3"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			m := startMailman(t, format, as)
			base := m.enqueue("hold", []byte("Subject: x\n\n"), true, nil)
			held, there := m.path("hold", base, ".pck"), m.path("in", base, ".pck")
			if err := os.Chown(held, 0, 0); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(held, 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := harness.Command(t, "qmove", "--to", "in", held)
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as}
			if r, err := harness.Wait(cmd, cmd.Start); err != nil || r.Status != 77 || !strings.Contains(r.Err, base) {
				t.Errorf("status %d: %s, %v", r.Status, r.Err, err)
			}
			m.holds("hold", base+".pck")

			if err := os.Rename(held, there); err != nil {
				t.Fatal(err)
			}
			for range 3 {
				if handled := m.call("run", object{"queue": "in"})["handled"].([]any); len(handled) != 0 {
					t.Errorf("%d handled", len(handled))
				}
			}
			left := there
			if format == "mailman3" {
				left = m.path("bad", base, ".psv")
			}
			if err := os.Rename(left, held); err != nil {
				t.Fatal(err)
			}
			m.path1(nil, "qmove", "--to", "in", held)
			m.owned(there, 0o660, uid, gid)
			if handled := m.call("run", object{"queue": "in"})["handled"].([]any); len(handled) != 1 {
				t.Errorf("%d handled", len(handled))
			}
		})
	}
}

// TestSameBase has a queue in which Mailman works on an entry. Another entry of the same name
// would be overwritten when Mailman recovers, so our commands do not move one there.
func TestSameBase(t *testing.T) {
	eachMailman(t, func(m *mailman) {
		first := m.enqueue("in", []byte("Subject: one\n\n"), true, nil)
		second := m.enqueue("hold", []byte("Subject: two\n\n"), true, nil)
		m.call("dequeue", object{"queue": "in", "base": first})
		held, there := m.path("hold", first, ".pck"), m.path("in", first, ".pck")
		if err := os.Rename(m.path("hold", second, ".pck"), held); err != nil {
			m.Fatal(err)
		}
		if r := m.ours(nil, "qmove", "--to", "in", held); r.Status != 65 || !strings.Contains(r.Err, first+".bak") {
			m.Errorf("status %d: %s", r.Status, r.Err)
		}
		m.holds("hold", first+".pck")
		m.holds("in", first+".bak")

		if err := os.Rename(held, there); err != nil {
			m.Fatal(err)
		}
		m.call("recover", object{"queue": "in"})
		m.holds("in", first+".pck")
		if text, _ := m.get(there); string(text) != "Subject: one\n\n" {
			m.Errorf("the message is %q: nothing was overwritten", text)
		}
	})
}

// TestCull moves an old entry into a queue from which Mailman 2.1 deletes old files. By hand it
// would be deleted; our command sets its time.
func TestCull(t *testing.T) {
	t.Parallel()
	m := startMailman(t, "mailman2", nil)
	if _, err := os.Stat(filepath.Join(os.Getenv("MAILMAN2_SRC"), "cron/cull_bad_shunt")); err != nil {
		t.Skipf("SKIP: a Mailman before 2.1.11: %v", err)
	}
	var bases []string
	for range 2 {
		base := m.enqueue("in", []byte("Subject: x\n\n"), true, nil)
		old := time.Now().Add(-20 * 24 * time.Hour)
		if err := os.Chtimes(m.path("in", base, ".pck"), old, old); err != nil {
			t.Fatal(err)
		}
		bases = append(bases, base)
	}
	m.path1(nil, "qmove", "--to", "shunt", m.path("in", bases[0], ".pck"))
	if err := os.Rename(m.path("in", bases[1], ".pck"), m.path("shunt", bases[1], ".pck")); err != nil {
		t.Fatal(err)
	}
	m.holds("shunt", bases[0]+".pck", bases[1]+".pck")
	m.call("cull", nil)
	m.holds("shunt", bases[0]+".pck")
}
