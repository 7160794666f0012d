package race

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"switchboard/test/harness"
)

// storm is what all processes saw.
type storm struct {
	sync.Mutex
	stored, finished map[string]bool
	claims, restores map[string]int
	kills            int
	// rounds has a token for each round of a claimer. The others work in step with the
	// claimers: a restorer that is faster, for a loaded machine, would let nobody finish.
	rounds chan struct{}
}

func (s *storm) note(do func()) {
	s.Lock()
	defer s.Unlock()
	do()
}

// TestStorm has eight claimers on one queue, with finishers, a restorer and an enqueuer. Claimers and
// enqueuers are killed at random. Nothing is lost, nothing is claimed twice without a restore in
// between, and the counts in the entries are the restores that were made.
func TestStorm(t *testing.T) {
	t.Parallel()
	n := size(t, 120)
	q := newQueue(t, n, ".pck")
	s := &storm{stored: map[string]bool{}, finished: map[string]bool{}, claims: map[string]int{}, restores: map[string]int{}, rounds: make(chan struct{}, 1000)}
	for b := range left(t, q) {
		s.stored[b] = true
	}
	over := make(chan struct{})
	var claimers, others sync.WaitGroup
	for i := range 8 {
		claimers.Go(func() { claimer(t, q, s, rand.New(rand.NewPCG(uint64(i), 2))) })
	}
	random := rand.New(rand.NewPCG(9, 9))
	enqueue := func(k int) {
		r, killed := maybeKilled(t, random, fmt.Sprintf("Subject: more %d\n\nmore\n", k), "qenqueue", q)
		s.note(func() {
			for _, p := range r {
				s.stored[base(p)] = true
			}
			if killed {
				s.kills++
			}
		})
	}
	others.Go(func() {
		for k := 0; ; k++ {
			select {
			case <-over:
				return
			case <-s.rounds:
			}
			if k%3 == 0 {
				enqueue(k)
			}
			if k%16 == 0 {
				restore(t, q, s)
			}
		}
	})
	claimers.Wait()
	close(over)
	others.Wait()

	counts := left(t, q)
	s.check(t, counts)
	s.drain(t, q)
	if s.kills == 0 || len(s.finished) < n {
		t.Errorf("%d kills, %d finished of %d: that was not a storm", s.kills, len(s.finished), n)
	}
	t.Logf("%d stored, %d finished, %d left by the storm, %d kills", len(s.stored), len(s.finished), len(counts), s.kills)
}

// check compares what is left, with its counts, with what all processes saw.
func (s *storm) check(t *testing.T, counts map[string]int) {
	t.Helper()
	for b := range s.stored {
		if _, there := counts[b]; !there && !s.finished[b] {
			t.Errorf("%s is lost", b)
		}
	}
	for b, c := range s.claims {
		if c > s.restores[b]+1 {
			t.Errorf("%s was claimed %d times with %d restores", b, c, s.restores[b])
		}
	}
	for b, c := range counts {
		if c != s.restores[b] {
			t.Errorf("%s has a count of %d after %d restores", b, c, s.restores[b])
		}
	}
}

// drain handles what the storm left. After that every entry has been handled at least once.
func (s *storm) drain(t *testing.T, q string) {
	t.Helper()
	restore(t, q, s)
	paths, _ := run(t, "", "qdequeue", "-a", q)
	for _, p := range paths {
		s.finished[base(p)] = true
	}
	if _, status := run(t, strings.Join(paths, "\n"), "qfinish", "-"); status != 0 {
		t.Errorf("qfinish: status %d", status)
	}
	if rest := left(t, q); len(rest) != 0 {
		t.Errorf("%d entries are left", len(rest))
	}
	for b := range s.stored {
		if !s.finished[b] {
			t.Errorf("%s was never handled", b)
		}
	}
}

// claimer claims until nothing is ready. It finishes most of what it claims, and forgets the rest, as
// a process that crashes does.
func claimer(t *testing.T, q string, s *storm, random *rand.Rand) {
	for idle := 0; idle < 3; {
		paths, killed := maybeKilled(t, random, "", "qdequeue", "-n", fmt.Sprint(1+random.IntN(20)), q)
		s.note(func() {
			for _, p := range paths {
				s.claims[base(p)]++
			}
			if killed {
				s.kills++
			}
		})
		select {
		case s.rounds <- struct{}{}:
		default:
		}
		if len(paths) == 0 && !killed {
			idle++
			continue
		}
		idle = 0
		var done []string
		for _, p := range paths {
			if random.IntN(20) > 0 {
				done = append(done, p)
			}
		}
		if len(done) == 0 {
			continue
		}
		s.note(func() {
			for _, p := range done {
				s.finished[base(p)] = true
			}
		})
		run(t, strings.Join(done, "\n"), "qfinish", "-")
	}
}

func restore(t *testing.T, q string, s *storm) {
	paths, _ := run(t, "", "qrestore", "--max-restores", "0", q)
	s.note(func() {
		for _, p := range paths {
			s.restores[base(p)]++
		}
	})
}

// maybeKilled runs a command that is killed now and then, and returns what it had printed.
func maybeKilled(t *testing.T, random *rand.Rand, stdin, name string, args ...string) (lines []string, killed bool) {
	if random.IntN(10) > 0 {
		lines, _ = run(t, stdin, name, args...)
		return lines, false
	}
	cmd := harness.Command(t, name, args...)
	cmd.Stdin = strings.NewReader(stdin)
	after := time.Duration(random.IntN(4000)) * time.Microsecond
	r, err := harness.Wait(cmd, func() error {
		if err := cmd.Start(); err != nil {
			return err
		}
		time.AfterFunc(after, func() { cmd.Process.Kill() })
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	whole := r.Out[:strings.LastIndex(r.Out, "\n")+1]
	return strings.Fields(whole), r.Status == -1
}
