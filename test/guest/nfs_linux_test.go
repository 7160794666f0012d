package guest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"switchboard/pkg/queue"
	"switchboard/test/harness/guest"
)

// scenarios are what is tried on each kind of mount.
var scenarios = []struct {
	name string
	do   func(*site)
	// long says that it waits for a lease to end, or for a server.
	long bool
}{
	{"flow", flow, false},
	{"beside", beside, false},
	{"race", race, false},
	{"scripts", scripts, false},
	{"temporary", temporary, false},
	{"kills", kills, false},
	{"waits", waits, false},
	{"restart", restart, true},
	{"outage", outage, true},
	{"lost", lost, true},
}

// testNFS mounts the server's directory in each way, and tries the scenarios.
func testNFS(t *testing.T, g *guest.Guest) {
	server := prepareNFS(t, g)
	server.start(t)
	a, b := newNode(t, g, "a", 1), newNode(t, g, "b", 2)
	rows := readTable(t)
	in := sample()
	for i := range kinds {
		k := &kinds[i]
		if in != nil && !slices.Contains(slices.Collect(maps.Values(in)), i) {
			continue
		}
		t.Run(k.name, func(t *testing.T) {
			k.mount(t, a)
			k.mount(t, b)
			for _, sc := range scenarios {
				if kind, has := in[sc.name]; in != nil && !(has && kind == i) {
					continue
				}
				t.Run(sc.name, func(t *testing.T) {
					s := &site{t: t, g: g, server: server, kind: k, a: a, b: b, rows: rows}
					s.newQueue(fmt.Sprintf("%s-%d", sc.name, i))
					sc.do(s)
				})
			}
			k.umount(t, a)
			k.umount(t, b)
		})
	}
}

// sample draws on which of two kinds each scenario is tried, NFS 4.2 and NFS 3, and one of the long
// ones, for NFS 4.2. It is nil if everything is to be tried.
func sample() map[string]int {
	if whole() {
		return nil
	}
	of := []int{0, 2}
	rand.Shuffle(2, func(i, j int) { of[i], of[j] = of[j], of[i] })
	in := map[string]int{}
	var long []string
	for n, sc := range scenarios {
		if sc.long {
			long = append(long, sc.name)
		} else {
			in[sc.name] = of[n%2]
		}
	}
	in[long[rand.IntN(len(long))]] = 0
	return in
}

// flow is one message's way through all commands, each on the client that the one before was not on.
func flow(s *site) {
	small, binary, large := message(100), message(5000), message(300<<10)
	seen := true
	ids := map[string][]byte{}
	var order []string
	for i, body := range [][]byte{small, binary, large} {
		id := s.store(s.a, body)
		ids[id], order = body, append(order, id)
		got := strings.TrimSpace(s.b.must(s.t, "qstat", "--count", "ready", s.queue))
		seen = seen && got == fmt.Sprint(i+1)
	}
	first := base(s.b.must(s.t, "qdequeue", s.queue))
	second := base(s.a.must(s.t, "qdequeue", s.queue))
	seen = seen && first == order[0] && second == order[1]
	s.observe(rowSeen, seen)
	path := func(id, ext string) string { return s.queue + "/" + id + ext }
	for _, id := range []string{first, second} {
		if got := s.b.must(s.t, "qcat", path(id, ".bak")); got != string(ids[id]) {
			s.t.Errorf("qcat wrote %d bytes instead of %d", len(got), len(ids[id]))
		}
	}
	s.a.must(s.t, "qfinish", path(first, ".bak"))
	s.is(entry{second, queue.InFlight, 0, binary}, entry{order[2], queue.Ready, 0, large})
	s.b.must(s.t, "qrestore", s.queue)
	s.is(entry{second, queue.Ready, 1, binary}, entry{order[2], queue.Ready, 0, large})
	s.a.must(s.t, "qdequeue", s.queue)
	s.b.must(s.t, "qfinish", "--preserve", path(second, ".bak"))
	s.is(entry{second, queue.Preserved, 1, binary}, entry{order[2], queue.Ready, 0, large})
	s.a.must(s.t, "qrestore", s.other("bad")+"/"+second+".psv")
	s.is(entry{second, queue.Ready, 0, binary}, entry{order[2], queue.Ready, 0, large})
	s.b.must(s.t, "qmove", "--to", s.other("other"), path(second, ".pck"))
	s.a.must(s.t, "qdiscard", s.other("other")+"/"+second+".pck")
	s.is(entry{order[2], queue.Ready, 0, large})
	if r := s.b.run(nil, "qrun", s.queue, "cat"); r.Status != 0 || r.Out != string(large) {
		s.t.Errorf("qrun: status %d: %s; %d bytes of %d came", r.Status, r.Err, len(r.Out), len(large))
	}
	s.is()
}

// waits has b wait for what a stores. Nothing tells b of it.
func waits(s *site) {
	p := s.b.start("qrun", "-w", s.queue, "cat")
	await(s.t, "qrun", func() bool { return s.g.Run(nil, "test", "-e", s.local+"/in/switchboard.lock").Status == 0 })
	body := message(100)
	id := s.store(s.a, body)
	stored := time.Now()
	await(s.t, "the end of the message", func() bool { return s.state(id) == queue.Stray })
	took := time.Since(stored)
	s.t.Logf("it took %v", took)
	s.observe(rowWait, took < 30*time.Second) // on a slow machine
	p.Signal(syscall.SIGTERM)
	if r := p.Wait(); r.Status != 0 || r.Out != string(body) {
		s.t.Errorf("qrun: status %d: %s; %d bytes of %d came", r.Status, r.Err, len(r.Out), len(body))
	}
}

// race has two processes on each client claim everything.
func race(s *site) {
	n := 30 * times(s.t)
	s.fill(n)
	var (
		mu      sync.Mutex
		claimed = map[string]int{}
		workers sync.WaitGroup
	)
	for i := range 4 {
		c := []*node{s.a, s.b}[i%2]
		workers.Go(func() {
			for {
				r := c.run(nil, "qdequeue", "-n", "2", s.queue)
				if r.Status != 0 && r.Status != 75 {
					if r.Status != 1 || r.Err != "" {
						s.t.Errorf("qdequeue: status %d: %s", r.Status, r.Err)
					}
					return
				}
				mu.Lock()
				for p := range strings.FieldsSeq(r.Out) {
					claimed[base(p)]++
				}
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	once := len(claimed) == n
	for _, times := range claimed {
		once = once && times == 1
	}
	s.observe(rowExclusive, once)
	// Everybody restores: each entry once.
	for _, c := range []*node{s.a, s.b} {
		workers.Go(func() {
			if r := c.run(nil, "qrestore", s.queue); r.Status != 0 && r.Status != 75 {
				s.t.Errorf("qrestore: status %d: %s", r.Status, r.Err)
			}
		})
	}
	workers.Wait()
	s.a.run(nil, "qrestore", s.queue)
	entries, _ := look(s.t, s.g, s.local)
	for _, f := range entries {
		if f.state != queue.Ready || f.Restores != 1 && !(s.kind.local && f.Restores == 2) {
			s.t.Errorf("%s is %v and was restored %d times", f.base, f.state, f.Restores)
		}
	}
	if len(entries) != n {
		s.t.Errorf("%d entries of %d are there", len(entries), n)
	}
}

func kills(s *site) {
	w := newStorm(s)
	w.kills = true
	w.blow(16 * times(s.t))
	w.check()
	s.observe(rowKills, !s.t.Failed())
}

// restart restarts the server while both clients work on it.
func restart(s *site) {
	held := s.beside("held")
	id := held.store(s.b, message(50))
	h := held.hold(s.a)
	w := newStorm(s)
	w.unsure = true
	ended := w.start(16 * times(s.t))
	s.server.stop(s.t)
	time.Sleep(2 * time.Second)
	s.server.start(s.t)
	s.server.notify(s.t)
	<-ended
	s.observe(rowLocks, held.leftAlone(id, "qrestore", held.queue))
	h.release(s.t)
	if r := h.Wait(); r.Status != 0 && r.Status != 75 && !(s.kind.local && r.Status == 1) {
		s.t.Errorf("qrun: status %d: %s", r.Status, r.Err)
	}
	w.check()
	s.observe(rowRestart, !s.t.Failed())
}

// outage takes the network away from one client for longer than the lease.
func outage(s *site) {
	held := s.beside("held")
	id := held.store(s.b, message(50))
	h := held.hold(s.a)
	w := newStorm(s)
	w.unsure = true
	ended := w.start(16 * times(s.t))
	s.a.unplug(s.t)
	kept := true
	for end := time.Now().Add(2 * lease * time.Second); kept && time.Now().Before(end); time.Sleep(time.Second) {
		kept = held.leftAlone(id, "qrestore", held.queue)
	}
	s.a.plug(s.t)
	<-ended
	s.observe(rowKeeps, kept)
	h.release(s.t)
	if r := h.Wait(); r.Status > 1 && r.Status != 74 && r.Status != 75 {
		s.t.Errorf("qrun: status %d: %s", r.Status, r.Err)
	}
	w.check()
	s.observe(rowOutage, !s.t.Failed())
}

// whole reports whether everything is to be tried. If not, it is a sample.
func whole() bool { return os.Getenv("GUEST_TIMES") != "" }

// times is how much more is done than in a sample: GUEST_TIMES.
func times(t *testing.T) int {
	t.Helper()
	if !whole() {
		return 1
	}
	n, err := strconv.Atoi(os.Getenv("GUEST_TIMES"))
	if err != nil || n < 1 {
		t.Fatalf("GUEST_TIMES is %q: it must be a number of at least 1", os.Getenv("GUEST_TIMES"))
	}
	return n
}
