package power

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"switchboard/test/harness"
)

// worker uses the commands on its own queue, one after the other.
type worker struct {
	t       *testing.T
	queue   string
	notes   *diary
	random  *rand.Rand
	noSync  bool
	n       int
	claimed []string
}

// many is how many ready entries are enough: each is looked for after each cut.
const many = 200

func (w *worker) step() {
	if ready, _ := filepath.Glob(filepath.Join(w.queue, "*.pck")); len(ready) > many {
		w.claimed = append(w.claimed, w.lines("qdequeue", "-n", fmt.Sprint(many), w.queue)...)
		for len(w.claimed) > 0 {
			w.finish()
		}
	}
	switch w.random.IntN(8) {
	case 0, 1:
		w.enqueue(1)
	case 2:
		w.enqueue(2 + w.random.IntN(30))
	case 3:
		w.claimed = append(w.claimed, w.lines("qdequeue", "-n", fmt.Sprint(1+w.random.IntN(8)), w.queue)...)
	case 4, 5:
		w.finish()
	case 6:
		w.lines("qrestore", w.queue)
		w.claimed = nil
	case 7:
		if len(w.claimed) > 0 {
			w.lines("qfinish", "--preserve", w.claimed[0])
			w.claimed = w.claimed[1:]
		}
	}
}

// lines runs a command and returns the lines that it printed.
func (w *worker) lines(name string, args ...string) []string {
	r := harness.Run(w.t, nil, name, args...)
	if r.Status > 1 {
		w.t.Errorf("%s %s: status %d: %s", name, strings.Join(args, " "), r.Status, r.Err)
	}
	return strings.Fields(r.Out)
}

func (w *worker) enqueue(n int) {
	dir := w.t.TempDir()
	args := []string{w.queue}
	if w.noSync {
		args = []string{"--no-sync", w.queue}
	}
	var texts []string
	for range n {
		w.n++
		text := fmt.Sprintf("Subject: %s %d\n\n%s", w.queue, w.n, strings.Repeat("x", w.random.IntN(20_000)))
		path := filepath.Join(dir, fmt.Sprint(w.n))
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			w.t.Error(err)
		}
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
	os.RemoveAll(dir)
}

// finish ends some of the claims. What it names counts as finished from before
// the command begins.
func (w *worker) finish() {
	n := min(len(w.claimed), 1+w.random.IntN(40))
	if n == 0 {
		return
	}
	for _, p := range w.claimed[:n] {
		w.notes.finish(p)
	}
	w.lines("qfinish", w.claimed[:n]...)
	w.claimed = w.claimed[n:]
}
