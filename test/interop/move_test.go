package interop

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestMoveBeside has a real runner work on a queue while our commands move entries out of
// it and back in, and discard some. Every message is handled by the runner, discarded, or
// given up by the runner, exactly once.
func TestMoveBeside(t *testing.T) {
	eachMailman(t, func(m *mailman) {
		if m.diesOfVanished() {
			m.Skip("SKIP: the runners of this Mailman die of it: see TestVanished")
		}
		count := moveEntries(m.T)
		m.fill(count)
		got := map[string]int{}
		var handled []string
		stop, ended := make(chan struct{}), make(chan error, 1)
		go func() {
			for {
				last := false
				select {
				case <-stop:
					last = true
				default:
				}
				answer, err := m.Call("run", object{"queue": "in"})
				if err != nil {
					ended <- err
					return
				}
				for _, msg := range answer["handled"].([]any) {
					handled = append(handled, markOf(string(unbase64(m.T, msg))))
				}
				if last {
					ended <- nil
					return
				}
			}
		}()
		discarded, moved, late := 0, 0, 0
		// step lets a command have some entries, and returns the paths that it prints or
		// reports as removed. Mailman was first with the others.
		step := func(name string, entries []string, options ...string) (done []string) {
			m.Helper()
			r := m.ours(nil, name, append(options, entries...)...)
			if r.Status != 0 && r.Status != 1 {
				m.Errorf("%s: status %d: %s", name, r.Status, r.Err)
			}
			done = strings.Fields(r.Out)
			for line := range strings.Lines(r.Err) {
				if path, ok := strings.CutPrefix(line, name+": removed "); ok {
					done = append(done, strings.TrimSpace(path))
				}
			}
			late += len(entries) - len(done)
			return done
		}
		for n := range 12 {
			ready := globbed(m, m.queue("in")+"/*.pck")
			rand.Shuffle(len(ready), func(i, j int) { ready[i], ready[j] = ready[j], ready[i] })
			if ready = ready[:min(len(ready), count/10)]; len(ready) == 0 {
				break
			}
			if n%3 == 2 {
				marks := map[string]string{}
				for _, entry := range ready {
					text, _ := os.ReadFile(entry) // Mailman may be first
					marks[entry] = markOf(string(text))
				}
				for _, entry := range step("qdiscard", ready, "-v") {
					got[marks[entry]]++
					discarded++
				}
				continue
			}
			held := step("qmove", ready, "--to", "hold")
			moved += len(held)
			if n%3 == 1 && len(held) > 0 {
				step("qmove", held, "--to", "in")
			}
		}
		if held := globbed(m, m.queue("hold")+"/*.pck"); len(held) > 0 {
			step("qmove", held, "--to", "in")
		}
		close(stop)
		if err := <-ended; err != nil {
			m.Fatal(err)
		}
		for _, mark := range handled {
			got[mark]++
		}
		given := globbed(m, m.queue("bad")+"/*.psv")
		for _, path := range given {
			text, err := os.ReadFile(path)
			if err != nil {
				m.Fatal(err)
			}
			got[markOf(string(text))]++
		}
		for i := range count {
			if n := got[fmt.Sprintf("deep-%d", i)]; n != 1 {
				m.Errorf("message %d: %d times", i, n)
			}
		}
		m.holds("in")
		m.Logf("Mailman handled %d and gave up %d; %d were discarded; %d moves, and %d times Mailman was first",
			len(handled), len(given), discarded, moved, late)
	})
}

// moveEntries returns the number of messages in TestMoveBeside: MOVE_ENTRIES, or 120.
func moveEntries(t *testing.T) int {
	t.Helper()
	text := os.Getenv("MOVE_ENTRIES")
	if text == "" {
		return 120
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 120 {
		t.Fatalf("MOVE_ENTRIES is %q: it must be a number of at least 120", text)
	}
	return n
}

// markOf returns the value of X-Mark in the text of a message.
func markOf(text string) string {
	_, rest, _ := strings.Cut(text, "X-Mark: ")
	end := strings.IndexFunc(rest, func(r rune) bool { return r != '-' && (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	return rest[:max(end, 0)]
}

func globbed(m *mailman, pattern string) []string {
	m.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil {
		m.Fatal(err)
	}
	return paths
}
