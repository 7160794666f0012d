package runner

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"switchboard/test/harness"
)

// TestFlood has four bad messages: the command segfaults, kills its process group, hangs, or
// kills qrun. Each is tried three times in all and then preserved, and all others get
// through.
func TestFlood(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	const n = 40
	bad := map[int]string{
		3:  "kill -SEGV $$",
		11: "kill -9 0",
		13: "trap '' TERM; while :; do sleep 1000; done",
		17: "kill -9 $PPID",
	}
	s.fill(n, func(i int) string {
		if does, ok := bad[i]; ok {
			return "Subject: bad\n\n" + does + "\n"
		}
		return "Subject: good\n\n:\n"
	})
	// Few processes: the others must get through within the timeout on a busy machine.
	const shell = `e=${Q_ENTRY##*/}; echo ${e%.bak} >>$out/runs; while read -r line; do last=$line; done; eval "$last"`
	starts := 0
	for {
		starts++
		r := s.run("qrun", "--timeout", "5s", "in", "sh", "-c", shell)
		if r.Status >= 0 {
			s.want(r, 65)
			break
		}
		if starts > 10 {
			t.Fatal("qrun is killed again and again")
		}
		s.eventually("the command's end", func() bool { return free(s, harness.Base(17)) })
	}
	if starts != 4 {
		t.Errorf("qrun was started %d times, want 4: it is killed three times", starts)
	}
	s.holds("in", 0, 0, 0)
	s.holds("bad", 0, 0, len(bad))
	s.holds("shunt", 0, 0, 0)
	runs := counts(s.log("runs"))
	for i := range n {
		want := 1
		if _, ok := bad[i]; ok {
			want = 3
		}
		if got := runs[harness.Base(i)]; got != want {
			t.Errorf("entry %d ran %d times, want %d", i, got, want)
		}
	}
	// A person releases one, and it is tried from the beginning.
	back := s.path("bad") + "/" + harness.Base(3) + ".psv"
	r := s.run("qrestore", back)
	s.want(r, 0)
	if want := s.path("in") + "/" + harness.Base(3) + ".pck\n"; r.Out != want {
		t.Errorf("released to %q, want %q", r.Out, want)
	}
	held, err := harness.Read(strings.TrimSpace(r.Out))
	if err != nil || held.Restores != 0 {
		t.Errorf("it has %d restores, %v", held.Restores, err)
	}
	s.want(s.run("qrun", "in", "true"), 0)
	s.holds("in", 0, 0, 0)
}

// TestKilled kills runs at random, again and again. No entry is lost, and each is run at most
// once more than it was restored.
func TestKilled(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	n, kills := 60, 8
	if harness.CI() {
		n, kills = 1500, 100
	}
	s.fill(n, plain)
	// There is no limit, so that the restores in the file can be compared.
	const shell = `b=$(basename "$Q_ENTRY" .bak); echo $b >>$out/runs; sleep 0.0$(($$ % 5)); echo $b >>$out/ended`
	for range kills {
		before := len(s.log("runs"))
		p := s.start("qrun", "-j", "3", "--max-restores", "0", "in", "sh", "-c", shell)
		s.eventually("a few runs", func() bool {
			return len(s.log("runs")) > before+2 || len(s.files("in", ".pck"))+len(s.files("in", ".bak")) == 0
		})
		p.Process.Kill()
		p.wait()
	}
	// Entries that the commands of a killed qrun still hold are left alone and
	// reported.
	s.eventually("the end", func() bool {
		r := s.run("qrun", "-j", "3", "--max-restores", "0", "in", "sh", "-c", shell)
		return r.Status == 0
	})
	s.holds("in", 0, 0, 0)
	s.holds("bad", 0, 0, 0)
	runs, ended := counts(s.log("runs")), counts(s.log("ended"))
	again := 0
	for i := range n {
		base := harness.Base(i)
		if ended[base] < 1 {
			t.Errorf("entry %d was never handled", i)
		}
		again += runs[base] - 1
	}
	if most := kills * 3; again > most {
		t.Errorf("%d runs too many after %d kills of 3 jobs: at most %d", again, kills, most)
	}
	t.Logf("%d entries, %d kills, %d runs more than entries", n, kills, again)
}

// TestKilledIsCounted checks that each restore is counted: an entry whose qrun is always
// killed is run three times.
func TestKilledIsCounted(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.put("in", 1, ".pck", plain(1))
	for try := 1; try <= 3; try++ {
		r := s.run("qrun", "in", "sh", "-c", `echo x >>$out/runs; kill -9 $PPID`)
		if r.Status != -1 {
			t.Fatalf("try %d: status %d: %s", try, r.Status, r.Err)
		}
		s.eventually("the command's end", func() bool { return free(s, harness.Base(1)) })
	}
	s.want(s.run("qrun", "in", "sh", "-c", `echo x >>$out/runs`), 65)
	s.holds("bad", 0, 0, 1)
	if got := s.log("runs"); !slices.Equal(got, []string{"x", "x", "x"}) {
		t.Errorf("ran %d times, want 3", len(got))
	}
}

// free reports whether nobody holds the lock on an entry in flight.
func free(s *site, base string) bool {
	r := s.run("qrestore", "--dry-run", fmt.Sprintf("in/%s.bak", base))
	return r.Status == 0
}
