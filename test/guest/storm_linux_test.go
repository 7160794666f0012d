package guest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"switchboard/pkg/queue"
	"switchboard/test/harness"
)

// storm is many processes that work on one queue, and what they saw.
type storm struct {
	*site
	// kills says that commands are killed, and unsure that answers of the server may get lost: a
	// command may report a failure although it succeeded.
	kills, unsure bool

	sync.Mutex
	// bodies are the messages whose path was printed, by file base, and sent all that a command
	// was given.
	bodies map[string]string
	sent   map[string]bool
	claims map[string]int
	// restores and requeues are those that were reported. finished are those whose qfinish
	// succeeded, and maybe those whose qfinish may have succeeded.
	restores, requeues map[string]int
	finished, maybe    map[string]bool
	killed, done       int
}

func newStorm(s *site) *storm {
	return &storm{
		site: s, bodies: map[string]string{}, sent: map[string]bool{}, claims: map[string]int{},
		restores: map[string]int{}, requeues: map[string]int{}, finished: map[string]bool{}, maybe: map[string]bool{},
	}
}

func (s *storm) note(do func()) {
	s.Lock()
	defer s.Unlock()
	do()
}

// try runs a command, which may be killed if canDie.
func (s *storm) try(r *rand.Rand, c *node, canDie bool, stdin []byte, argv ...string) harness.Result {
	var result harness.Result
	if s.kills && canDie && r.IntN(4) == 0 {
		result = c.killed(time.Duration(r.IntN(400))*time.Millisecond, stdin, argv...)
	} else {
		result = c.run(stdin, argv...)
	}
	if result.Status == -1 {
		s.note(func() { s.killed++ })
	} else if result.Status > 1 && result.Status != 75 && !(s.unsure && result.Status == 74) {
		// A file whose lock the client could not take again has input and output errors.
		s.t.Errorf("%s: %q: status %d: %s", c.name, argv, result.Status, result.Err)
	}
	// A command may have been killed in the middle of a line.
	result.Out = result.Out[:strings.LastIndex(result.Out, "\n")+1]
	return result
}

// store stores n messages. Not all of them need be acknowledged.
func (s *storm) store(r *rand.Rand, c *node, n int) {
	for range n {
		body := message(r.IntN(3000))
		s.note(func() { s.sent[string(body)] = true })
		result := s.try(r, c, true, body, "qenqueue", s.queue)
		if result.Out == "" {
			continue
		}
		s.note(func() { s.bodies[base(result.Out)] = string(body) })
	}
}

// work claims, and finishes most of what it gets. It forgets or requeues the rest. It ends when nothing
// is left.
func (s *storm) work(r *rand.Rand, c *node) {
	for idle := 0; idle < 2; {
		paths := strings.Fields(s.try(r, c, true, nil, "qdequeue", "-n", fmt.Sprint(1+r.IntN(4)), s.queue).Out)
		s.note(func() {
			for _, p := range paths {
				s.claims[base(p)]++
			}
		})
		if len(paths) == 0 {
			idle++
			continue
		}
		idle = 0
		s.read(c, paths[0])
		var finish []string
		for _, p := range paths {
			if r.IntN(10) > 0 {
				finish = append(finish, p)
			}
		}
		how := []string{"qfinish", "-"}
		if requeue := r.IntN(6) == 0; requeue {
			how = []string{"qfinish", "--requeue", "-"}
			s.note(func() {
				for _, p := range finish {
					s.requeues[base(p)]++
				}
			})
		}
		if len(finish) == 0 {
			continue
		}
		result := s.try(r, c, false, []byte(strings.Join(finish, "\n")), how...)
		s.note(func() {
			s.done++
			for _, p := range finish {
				// What was restored meanwhile is named.
				switch failed := result.Status != 0 && strings.Contains(result.Err, p); {
				case len(how) > 2:
				case !failed:
					s.finished[base(p)] = true
				case s.unsure:
					s.maybe[base(p)] = true
				}
			}
		})
	}
}

// read compares a claimed message with the one that was stored. It may have been restored meanwhile.
func (s *storm) read(c *node, path string) {
	r := c.run(nil, "qcat", path)
	s.Lock()
	defer s.Unlock()
	body, known := s.bodies[base(path)]
	if r.Status != 1 && (r.Status != 0 || known && r.Out != body || !s.sent[r.Out]) {
		s.t.Errorf("%s: qcat %s: status %d: %s; %d bytes came, which are not those of the message", c.name, path, r.Status, r.Err, len(r.Out))
	}
}

func (s *storm) restore(r *rand.Rand, c *node) {
	result := s.try(r, c, false, nil, "qrestore", "--max-restores", "0", s.queue)
	s.note(func() {
		for p := range strings.FieldsSeq(result.Out) {
			s.restores[base(p)]++
		}
	})
}

// blow has two processes on each client work until n messages are handled, while others are stored and
// restored.
func (s *storm) blow(n int) {
	seed := rand.Uint64()
	s.t.Logf("the seed is %d", seed)
	random := func(i uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, i)) }
	r := random(0)
	for i := range n / 2 {
		s.store(r, []*node{s.a, s.b}[i%2], 1)
	}
	var workers, others sync.WaitGroup
	for i := range uint64(4) {
		workers.Go(func() { s.work(random(i+1), []*node{s.a, s.b}[i%2]) })
	}
	others.Go(func() { s.store(random(5), s.a, n/2) })
	over := make(chan struct{})
	others.Go(func() {
		for r := random(6); ; {
			select {
			case <-over:
				return
			case <-time.After(200 * time.Millisecond):
				s.restore(r, s.b)
			}
		}
	})
	workers.Wait()
	close(over)
	others.Wait()
}

// start begins the storm, and waits until work is being done. The channel is closed at its end.
func (s *storm) start(n int) (ended chan struct{}) {
	ended = make(chan struct{})
	go func() {
		defer close(ended)
		s.blow(n)
	}()
	await(s.t, "the storm", func() (begun bool) {
		s.note(func() { begun = s.done > 1 })
		return begun
	})
	return ended
}

// check compares what is on the server with what was acknowledged, and then handles the rest.
func (s *storm) check() {
	s.t.Helper()
	s.compare()
	r := rand.New(rand.NewPCG(1, 1))
	s.kills = false
	await(s.t, "the last restore", func() bool {
		result := s.b.run(nil, "qrestore", "--max-restores", "0", s.queue)
		s.note(func() {
			for p := range strings.FieldsSeq(result.Out) {
				s.restores[base(p)]++
			}
		})
		return result.Status == 0
	})
	paths := strings.Fields(s.try(r, s.a, false, nil, "qdequeue", "-a", s.queue).Out)
	for _, p := range paths {
		s.finished[base(p)] = true
	}
	if result := s.b.run([]byte(strings.Join(paths, "\n")), "qfinish", "-"); len(paths) > 0 && result.Status != 0 {
		s.t.Errorf("qfinish: status %d: %s", result.Status, result.Err)
	}
	entries, other := look(s.t, s.g, s.local)
	if len(entries) > 0 {
		s.t.Errorf("%d entries are left: %v", len(entries), names(entries))
	}
	for b := range s.bodies {
		if !s.finished[b] && !s.maybe[b] {
			s.t.Errorf("%s was never handled", b)
		}
	}
	s.t.Logf("%d stored, %d handled, %d commands killed, %d restores; other files: %v", len(s.bodies), len(s.finished), s.killed, len(s.restores), other)
}

func (s *storm) compare() {
	s.t.Helper()
	entries, _ := look(s.t, s.g, s.local)
	there := map[string]bool{}
	for _, f := range entries {
		if there[f.base] {
			s.t.Errorf("%s is there twice", f.base)
		}
		there[f.base] = true
		if body, known := s.bodies[f.base]; known && string(f.Text) != body || !s.sent[string(f.Text)] {
			s.t.Errorf("%s is %v with other bytes than were stored", f.base, f.state)
		}
		if s.finished[f.base] {
			s.t.Errorf("%s is %v although it was finished", f.base, f.state)
		}
		if f.state == queue.Preserved {
			s.t.Errorf("%s was preserved", f.base)
		}
		if f.Restores != s.restores[f.base] && !(s.unsure && f.Restores > s.restores[f.base]) {
			s.t.Errorf("%s has a count of %d after %d restores", f.base, f.Restores, s.restores[f.base])
		}
	}
	for b := range s.bodies {
		if !there[b] && !s.finished[b] && !s.maybe[b] {
			s.t.Errorf("%s is lost", b)
		}
	}
	for b, n := range s.claims {
		if most := 1 + s.restores[b] + s.requeues[b]; n > most && !s.unsure {
			s.t.Errorf("%s was claimed %d times, with %d restores and %d requeues", b, n, s.restores[b], s.requeues[b])
		}
	}
}
