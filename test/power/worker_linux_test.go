package power

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"switchboard/pkg/queue"
	"switchboard/test/harness"
)

// worker uses the commands on its own queue, one after the other.
type worker struct {
	t     *testing.T
	queue string
	notes *diary
	rand  *rand.Rand
	// noSync makes the mistake that the test must notice.
	noSync  bool
	n       int
	waiting int
	claimed []string
}

// many is the number of ready entries that is enough. Each is looked for after each cut.
const many = 150

func (w *worker) step() {
	if w.waiting > many {
		w.claim(many)
		for len(w.claimed) > 0 && !w.t.Failed() {
			w.finish()
		}
	}
	switch w.rand.IntN(10) {
	case 0, 1:
		w.enqueue(1)
	case 2:
		w.enqueue(2 + w.rand.IntN(30))
	case 3:
		w.claim(1 + w.rand.IntN(8))
	case 4, 5:
		w.finish()
	case 6:
		w.restore()
	case 7:
		w.preserve()
	case 8:
		w.requeue()
	case 9:
		w.drain()
	}
}

// lines runs a command that must succeed, or find nothing to do. It returns the lines that
// it printed.
func (w *worker) lines(name string, args ...string) []string {
	r := harness.Run(w.t, nil, name, args...)
	if r.Status > 1 || r.Status < 0 {
		w.t.Errorf("%s %s: status %d: %s", name, strings.Join(args, " "), r.Status, r.Err)
	}
	return strings.Fields(r.Out)
}

func (w *worker) enqueue(n int) {
	dir, err := os.MkdirTemp("", "power-")
	if err != nil {
		w.t.Error(err)
		return
	}
	defer os.RemoveAll(dir)
	args := []string{w.queue}
	if w.noSync {
		args = []string{"--no-sync", w.queue}
	}
	var texts []string
	for range n {
		w.n++
		text := fmt.Sprintf("Subject: %s %d\n\n%s", w.queue, w.n, strings.Repeat("x", w.rand.IntN(20_000)))
		path := filepath.Join(dir, fmt.Sprint(w.n))
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			w.t.Error(err)
		}
		w.notes.offer(text)
		args, texts = append(args, path), append(texts, text)
	}
	paths := w.lines("qenqueue", args...)
	if len(paths) != n {
		w.t.Errorf("%d messages, %d paths", n, len(paths))
		return
	}
	for i, p := range paths {
		w.notes.store(p, texts[i])
	}
	w.waiting += n
}

func (w *worker) claim(n int) {
	paths := w.lines("qdequeue", "-n", fmt.Sprint(n), w.queue)
	w.claimed = append(w.claimed, paths...)
	w.waiting -= len(paths)
}

// take takes up to most claims, at random.
func (w *worker) take(most int) (some []string) {
	for range min(len(w.claimed), 1+w.rand.IntN(most)) {
		i := w.rand.IntN(len(w.claimed))
		some = append(some, w.claimed[i])
		w.claimed = slices.Delete(w.claimed, i, i+1)
	}
	return some
}

// finish finishes some of the claims. They may be gone from the moment that the command
// starts, and are gone once it has ended.
func (w *worker) finish() { w.end(w.take(40), absent) }

func (w *worker) preserve() { w.end(w.take(3), preserved, "--preserve") }

// requeue requeues claims. It only promises that they still exist.
func (w *worker) requeue() {
	some := w.take(3)
	w.end(some, here, "--requeue")
	w.waiting += len(some)
}

func (w *worker) end(some []string, as class, options ...string) {
	if len(some) == 0 {
		return
	}
	for _, p := range some {
		w.notes.may(base(p), state{as, w.notes.last(base(p)).restores})
	}
	w.lines("qfinish", append(options, some...)...)
	for _, p := range some {
		w.notes.is(base(p), state{as, w.notes.last(base(p)).restores})
	}
}

// drain lets qrun finish all that is ready. An entry is gone from the moment that qrun says so,
// even while qrun works on the next ones. It would restore claims.
func (w *worker) drain() {
	for len(w.claimed) > 0 {
		w.finish()
	}
	list, err := os.ReadDir(w.queue)
	if err != nil {
		w.t.Error(err)
		return
	}
	left := 0
	for _, e := range list {
		if id, s := queue.SplitName(e.Name()); s == queue.Ready {
			w.notes.may(id.String(), state{absent, w.notes.last(id.String()).restores})
			left++
		}
	}
	cmd := harness.Command(w.t, "qrun", "--json", "-j", fmt.Sprint(1+w.rand.IntN(4)), w.queue, "true")
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		w.t.Error(err)
		return
	}
	for events := json.NewDecoder(out); ; left-- {
		var event struct{ Entry, Outcome string }
		if events.Decode(&event) != nil {
			break
		}
		if event.Outcome != "finished" {
			w.t.Errorf("%+v", event)
		}
		b := base(event.Entry)
		w.notes.is(b, state{absent, w.notes.last(b).restores})
	}
	if err := cmd.Wait(); err != nil || left != 0 {
		w.t.Errorf("qrun: %v, %d left", err, left)
	}
	w.waiting = 0
}

// restore restores all claims. Each restore counts, and the third time the entry is
// preserved.
func (w *worker) restore() {
	for _, p := range w.claimed {
		n := w.notes.last(base(p)).restores + 1
		w.notes.may(base(p), state{here, n})
		if n == queue.DefaultMaxRestores {
			w.notes.may(base(p), state{preserved, n})
		}
	}
	paths := w.lines("qrestore", w.queue)
	if len(paths) != len(w.claimed) {
		w.t.Errorf("%d of %d claims were restored", len(paths), len(w.claimed))
	}
	for _, p := range paths {
		s := state{here, w.notes.last(base(p)).restores + 1}
		if strings.HasSuffix(p, queue.Preserved.Ext()) {
			s.class = preserved
		} else {
			w.waiting++
		}
		w.notes.is(base(p), s)
	}
	w.claimed = nil
}
