package interop

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestBeside has a real Switchboard and our commands work in one queue at the same time.
// Each enqueues, claims whatever comes and finishes it: every message is handled once.
func TestBeside(t *testing.T) {
	eachMailman(t, func(m *mailman) { m.beside(0) })
}

// TestBesideDeep does the same in a queue so deep that our claims come from a cache, which
// Mailman does not know.
func TestBesideDeep(t *testing.T) {
	eachMailman(t, func(m *mailman) { m.beside(2000) })
}

// beside has both work on a queue that starts with deep ready messages.
func (m *mailman) beside(deep int) {
	const count = 150
	m.fill(deep)
	var theirs object
	var failed error
	working := make(chan struct{})
	go func() {
		defer close(working)
		theirs, failed = m.Call("work", object{"queue": "in", "mark": "theirs", "count": count})
	}()
	var mine []string
	var enqueuing sync.WaitGroup
	enqueuing.Go(func() {
		for i := range count {
			r := m.ours(fmt.Appendf(nil, "X-Mark: ours-%d\n\nbody\n", i), "qenqueue", "-f", m.format, m.queue("in"))
			if r.Status != 0 || r.Err != "" {
				m.Errorf("qenqueue: status %d: %s", r.Status, r.Err)
			}
		}
	})
	enqueued := make(chan struct{})
	go func() { enqueuing.Wait(); close(enqueued) }()
	cached := false
	for last := false; ; {
		r := m.ours(nil, "qdequeue", m.queue("in"))
		if r.Status == 1 && r.Err == "" {
			if last {
				break
			}
			select {
			case <-working:
				<-enqueued
				last = true
			default:
			}
			continue
		}
		if r.Status != 0 || r.Err != "" {
			m.Fatalf("qdequeue: status %d: %s", r.Status, r.Err)
		}
		cached = cached || m.hasCache()
		path := strings.TrimSuffix(r.Out, "\n")
		mark := strings.TrimSuffix(strings.TrimPrefix(m.done(nil, "qcat", "-H", path), "X-Mark: "), "\n")
		mine = append(mine, mark)
		// An entry that somebody claimed just now is not restored.
		if r := m.ours(nil, "qrestore", "--min-age", "1h", m.queue("in")); r.Out != "" {
			m.Errorf("qrestore restored %s", r.Out)
		}
		m.done(nil, "qfinish", path)
	}
	if failed != nil {
		m.Fatal(failed)
	}
	var want []string
	for i := range deep {
		want = append(want, fmt.Sprintf("deep-%d", i))
	}
	for i := range count {
		want = append(want, fmt.Sprintf("ours-%d", i), fmt.Sprintf("theirs-%d", i))
	}
	handled := theirs["handled"].([]any)
	got := mine
	for _, mark := range handled {
		got = append(got, mark.(string))
	}
	if !same(got, want) {
		m.Errorf("handled %d, not %d, or not the same ones", len(got), len(want))
	}
	m.Logf("Mailman handled %d and lost %v races, our commands handled %d", len(handled), theirs["missed"], len(mine))
	m.holds("in")
	m.holds("bad")
	if cached != (deep > 0) || m.hasCache() {
		m.Errorf("there was a claim cache: %v; there is one: %v", cached, m.hasCache())
	}
}

// fill enqueues n messages with our commands, in one batch.
func (m *mailman) fill(n int) {
	if n == 0 {
		return
	}
	var box strings.Builder
	for i := range n {
		fmt.Fprintf(&box, "From x@example.com Thu Jan  1 00:00:00 2026\nX-Mark: deep-%d\n\nbody\n\n", i)
	}
	m.done([]byte(box.String()), "qenqueue", "-f", m.format, "--mbox", m.queue("in"))
}

// hasCache reports whether our commands have a claim cache in the queue.
func (m *mailman) hasCache() bool {
	_, err := os.Stat(filepath.Join(m.queue("in"), "switchboard.claims"))
	return err == nil
}

// TestRunnerTakesClaim shows why our commands refuse the queues of a running master. Its
// runner works from a listing, and preserves an entry that was claimed when it gets there,
// whoever claimed it.
func TestRunnerTakesClaim(t *testing.T) {
	eachMailman(t, func(m *mailman) {
		first := m.enqueue("in", []byte("Subject: one\n\n"), true, nil)
		second := m.enqueue("in", []byte("Subject: two\n\n"), true, nil)
		pause := filepath.Join(tempDir(m.T), "pause")
		if err := os.WriteFile(pause, nil, 0o644); err != nil {
			m.Fatal(err)
		}
		ran := make(chan error)
		go func() {
			_, err := m.Call("run", object{"queue": "in", "pause": pause})
			ran <- err
		}()
		for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
			if _, err := os.Stat(m.path("in", first, ".bak")); err == nil {
				break
			}
			if time.Now().After(deadline) {
				m.Fatal("their runner did not start")
			}
		}
		claim := m.path1(nil, "qdequeue", m.queue("in"))
		if claim != m.path("in", second, ".bak") {
			m.Fatalf("claimed %s", claim)
		}
		if err := os.Remove(pause); err != nil {
			m.Fatal(err)
		}
		if err := <-ran; err != nil {
			m.Fatal(err)
		}
		// The entry is preserved, not lost: qfinish says that the claim is gone, and
		// qrestore releases the message.
		m.holds("in")
		m.holds("bad", second+".psv")
		// Mailman's log has an exception for it, but that only says that the file was gone.
		if out := m.done(nil, "qstat", m.path("bad", second, ".psv")); strings.Contains(out, "\nwhy ") {
			m.Errorf("qstat has a reason: %s", out)
		}
		if r := m.ours(nil, "qfinish", claim); r.Status != 1 {
			m.Errorf("qfinish of a claim that was taken: status %d: %s", r.Status, r.Err)
		}
		m.done(nil, "qrestore", "--to", m.queue("in"), m.path("bad", second, ".psv"))
		m.holds("in", second+".pck")
		m.holds("bad")
	})
}
