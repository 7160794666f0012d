package guest

import (
	"strings"
	"syscall"
	"time"

	"switchboard/pkg/queue"
)

// observe compares what was observed with what COMPATIBILITY.md says.
func (s *site) observe(row string, holds bool) {
	s.t.Helper()
	s.t.Logf("%s: %s: %v", s.kind.name, row, holds)
	if s.rows.says(row, s.kind.name) != holds {
		s.t.Errorf("%s: %s: %v; COMPATIBILITY.md has %q", s.kind.name, row, holds, s.rows[row][s.kind.name])
	}
}

// beside has b restore what a works on.
func beside(s *site) {
	body := message(500)
	id := s.store(s.b, body)
	h := s.hold(s.a)
	// Without a lock for it, the other client takes the entry: the next row gets another one.
	another := func(name string) {
		if s.kind.local {
			h.release(s.t)
			h.Wait()
			s = s.beside(name)
			id = s.store(s.b, body)
			h = s.hold(s.a)
		}
	}
	left := s.leftAlone(id, "qrestore", s.queue) && s.leftAlone(id, "qrestore", "--force", s.queue) && s.leftAlone(id, "qrestore", s.queue+"/"+id+".bak")
	s.observe(rowRun, left)
	another("slice")
	s.observe(rowSlice, s.leftAlone(id, "qrun", s.queue, "true"))
	another("handler")
	// Another entry can be claimed meanwhile.
	other := s.store(s.a, body)
	if got := base(s.b.must(s.t, "qdequeue", s.queue)); got != other {
		s.t.Errorf("beside a runner %q was claimed instead of %s", got, other)
	}
	s.b.must(s.t, "qfinish", s.queue+"/"+other+".bak")

	h.Signal(syscall.SIGKILL)
	await(s.t, "the end of qrun", func() bool {
		return !strings.Contains(s.a.must(s.t, "ps"), "qrun "+s.queue)
	})
	kept := true
	for range 3 {
		kept = kept && s.leftAlone(id, "qrestore", s.queue)
	}
	s.observe(rowHandler, kept)
	h.release(s.t)
	h.Wait()
	r := s.b.run(nil, "qrestore", s.queue)
	s.observe(rowFree, r.Status == 0 && (s.kind.local || base(r.Out) == id))
	s.is(entry{id, queue.Ready, 1, body})
	if r := s.a.run(nil, "qrun", s.queue, "cat"); r.Status != 0 || r.Out != string(body) {
		s.t.Errorf("qrun: status %d: %s; %d bytes of %d came", r.Status, r.Err, len(r.Out), len(body))
	}
	s.is()
}

// leftAlone reports whether a command on b says that it should be tried again later, and the entry is
// still in flight.
func (s *site) leftAlone(id string, argv ...string) bool {
	s.t.Helper()
	r := s.b.run(nil, argv...)
	if r.Status != 75 && r.Status != 0 {
		s.t.Errorf("%q: status %d: %s", argv, r.Status, r.Err)
	}
	return r.Status == 75 && s.state(id) == queue.InFlight
}

const lockScript = `exec 9<"$1" && flock -n $3 9 && echo locked >"$2" || echo failed >"$2"; while [ ! -e "$2.go" ]; do sleep 0.2; done`

// scripts has b restore what a script on a has locked, as switchboard(7) shows it.
func scripts(s *site) {
	for row, option := range map[string]string{rowShared: "-s", rowFlock: "-x"} {
		body := message(100)
		id := s.store(s.a, body)
		claim := strings.TrimSpace(s.a.must(s.t, "qdequeue", s.queue))
		mark := "/tmp/script-" + id
		p := s.a.start("sh", "-c", lockScript, "script", claim, mark, option)
		await(s.t, "the script", func() bool { return s.g.Run(nil, "grep", "-q", "ed", mark).Status == 0 })
		locked := must(s.t, s.g, "cat", mark) == "locked\n"
		s.observe(row, locked && s.leftAlone(id, "qrestore", s.queue))
		must(s.t, s.g, "touch", mark+".go")
		p.Wait()
		s.b.must(s.t, "qrestore", s.queue)
		s.b.must(s.t, "qdequeue", s.queue)
		s.a.must(s.t, "qfinish", claim)
		s.is()
	}
}

// lost has a client vanish with an entry in flight.
func lost(s *site) {
	c := newNode(s.t, s.g, "c", 3)
	s.kind.mount(s.t, c)
	body := message(100)
	id := s.store(s.b, body)
	s.hold(c)
	c.lose(s.t)
	restored := false
	for end := time.Now().Add(3 * lease * time.Second); !restored && time.Now().Before(end); time.Sleep(500 * time.Millisecond) {
		restored = !s.leftAlone(id, "qrestore", s.queue)
	}
	s.observe(rowLost, restored)
	back := newNode(s.t, s.g, "c", 3)
	s.kind.mount(s.t, back)
	for end := time.Now().Add(lease * time.Second); !restored && time.Now().Before(end); time.Sleep(500 * time.Millisecond) {
		restored = !s.leftAlone(id, "qrestore", s.queue)
	}
	s.observe(rowBack, restored)
	s.kind.umount(s.t, back)
	back.lose(s.t)
	if restored {
		s.is(entry{id, queue.Ready, 1, body})
	}
}

// temporary has b sweep what a killed command has left.
func temporary(s *site) {
	s.store(s.a, message(10))
	name := s.local + "/in/1700000000.5+" + strings.Repeat("d", 40) + ".pck.tmp"
	must(s.t, s.g, "sh", "-c", "echo x >"+name+" && touch -d '2020-01-01 00:00' "+name)
	s.b.must(s.t, "qrestore", s.queue)
	s.observe(rowTemporary, s.g.Run(nil, "test", "-e", name).Status != 0)
}
