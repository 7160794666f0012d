package runner

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"switchboard/pkg/message"
	"switchboard/test/harness"
)

// TestUnshunt tries the shunt queue of a real installation again every night. Entries
// that can go back are released. The few that cannot go back stay where they are. They
// are named and not counted, and never go to the bad queue.
func TestUnshunt(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.make("shunt")
	outside := t.TempDir()
	bad := map[int]string{
		10: "", 20: outside, 30: "../../etc", 40: "nowhere", 50: s.path("shunt"), 60: "/etc/passwd",
		70: "..", 80: "in/../../x", 90: "in\x00", 99: strings.Repeat("x", 5000),
	}
	const n = 1000
	for i := range n {
		entry := harness.Entry{Base: harness.Base(i), Text: []byte(plain(i)), Restores: i % 3}
		origin, isBad := bad[i]
		switch {
		case !isBad && i%2 == 0:
			origin = s.path("in") // as Mailman 2.1 writes it
		case !isBad:
			origin = "in" // as Mailman 3 does
		}
		if origin != "" {
			entry.Metadata = []message.Item{{Key: "whichq", Value: origin}}
		}
		if _, err := entry.Write(s.path("shunt"), ".pck"); err != nil {
			t.Fatal(err)
		}
	}
	before := s.contents("shunt", bad)
	for night := 1; night <= 4; night++ {
		r := s.run("qrestore", "--origin", "shunt")
		s.want(r, 65)
		if got, want := strings.Count(r.Out, "\n"), n-len(bad); night == 1 && got != want || night > 1 && got != 0 {
			t.Errorf("night %d: %d went back, want %d the first time", night, got, want)
		}
		for i := range bad {
			if !strings.Contains(r.Err, harness.Base(i)) {
				t.Errorf("night %d: entry %d is not named", night, i)
			}
		}
		s.holds("shunt", len(bad), 0, 0)
		s.holds("in", n-len(bad), 0, 0)
		s.holds("bad", 0, 0, 0)
	}
	for name, was := range before {
		if now := s.contents("shunt", bad)[name]; now != was {
			t.Errorf("%s has changed", name)
		}
	}
	if list, err := os.ReadDir(outside); err != nil || len(list) > 0 {
		t.Errorf("outside there is %v, %v", list, err)
	}
	for i := range n {
		if _, isBad := bad[i]; isBad {
			continue
		}
		held, err := harness.Read(filepath.Join(s.path("in"), harness.Base(i)+".pck"))
		if err != nil || held.Restores != 0 || string(held.Text) != plain(i) {
			t.Fatalf("entry %d: %d restores, message %q, %v", i, held.Restores, held.Text, err)
		}
	}
	// With --to they go there.
	s.want(s.run("qrestore", "--origin", "--to", "in", "shunt"), 0)
	s.holds("in", n, 0, 0)
	if r := s.run("qstat", "-l", "in"); r.Status != 0 {
		t.Errorf("qstat: status %d: %s", r.Status, r.Err)
	}
}

// contents returns the bytes of the given entries.
func (s *site) contents(queue string, which map[int]string) map[string]string {
	s.Helper()
	all := make(map[string]string)
	for i := range which {
		name := harness.Base(i) + ".pck"
		b, err := os.ReadFile(filepath.Join(s.path(queue), name))
		if err != nil {
			s.Fatal(err)
		}
		all[name] = string(b)
	}
	return all
}

// TestShuntAndBack checks that an entry goes to the shunt queue if its command fails, and can be
// released from there.
func TestShuntAndBack(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.fill(5, plain)
	s.want(s.run("qrun", "in", "sh", "-c", "exit 1"), 65)
	s.holds("shunt", 5, 0, 0)
	s.want(s.run("qrestore", "--origin", "shunt"), 0)
	s.holds("in", 5, 0, 0)
	s.want(s.run("qrun", "in", "sh", "-c", shell), 0)
	s.once(5)
}
