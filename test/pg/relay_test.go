package pg

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"switchboard/test/harness"
)

// files makes numbered entries in a directory, and returns their content by file base.
func (w *site) files(t *testing.T, dir string, n int) map[string][]byte {
	t.Helper()
	w.mkdir(t, dir)
	all := map[string][]byte{}
	for i := range n {
		e := harness.Entry{Base: harness.Base(i), Text: fmt.Appendf(nil, "Subject: %d\n\n%s\n", i, strings.Repeat("relayed ", i*i))}
		if _, err := e.Write(filepath.Join(w.dir, dir), ".pck"); err != nil {
			t.Fatal(err)
		}
		data, err := e.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		all[e.Base] = data
	}
	return all
}

// relay moves all entries of one queue to another, killing the command again and again. After
// each kill, relay calls between and restores what the killed command had claimed.
func (w *site) relay(t *testing.T, from, to string, between func()) (kills int) {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 7))
	for pause := 5 * time.Millisecond; ; {
		cmd := harness.Command(t, "qmove", "-a", "--to", to, from)
		cmd.Dir, cmd.Env = w.dir, append(cmd.Env, w.env...)
		var said bytes.Buffer
		cmd.Stderr = &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		var err error
		select {
		case <-time.After(time.Duration(rng.Int64N(int64(pause) + 1))):
			cmd.Process.Kill()
			err = <-ended
			kills++
		case err = <-ended:
		}
		w.db.Settle(t)
		w.forget(t, cmd.Process.Pid)
		between()
		status := cmd.ProcessState.ExitCode()
		if status == 0 || status == 1 {
			return kills
		}
		if status != -1 {
			t.Fatalf("qmove: %v\n%s", err, said.String())
		}
		// A kill costs a command that has hardly begun; the next one comes a little later.
		pause += pause / 8
		w.run(t, 0, "qrestore", "--max-restores", "0", from)
	}
}

// same checks that the content is the same but for what a restore counts.
func same(t *testing.T, where string, got, want []byte) {
	t.Helper()
	a, errA := harness.ReadContent(bytes.NewReader(got), int64(len(got)))
	b, errB := harness.ReadContent(bytes.NewReader(want), int64(len(want)))
	if errA != nil || errB != nil || !bytes.Equal(a.Text, b.Text) {
		t.Errorf("%s has %.100q (%v), not %.100q (%v)", where, a.Text, errA, b.Text, errB)
	}
	delete(a.Metadata, "_bak_count")
	if fmt.Sprint(a.Metadata) != fmt.Sprint(b.Metadata) {
		t.Errorf("%s has %v, not %v", where, a.Metadata, b.Metadata)
	}
}

// TestRelayIn relays a directory to a pg: queue, killed again and again, while a worker handles
// what comes. Each message is handled once, with its bytes and its name.
func TestRelayIn(t *testing.T) {
	t.Parallel()
	w := newSite(t)
	n := 60
	if harness.CI() {
		n = 160
	}
	want := w.files(t, "in", n)
	handled := map[string]int{}
	kills := w.relay(t, "in", "pg:in", func() {
		for _, e := range w.db.Entries(t) {
			if want[e.Base] == nil {
				t.Fatalf("nobody's: %s", e.Path())
			}
			same(t, e.Path(), e.Raw, want[e.Base])
			handled[e.Base]++
		}
		w.run(t, -1, "qrun", "pg:in", "true")
	})
	for base := range want {
		if handled[base] != 1 {
			t.Errorf("%s was handled %d times", base, handled[base])
		}
	}
	if left, err := os.ReadDir(filepath.Join(w.dir, "in")); err != nil || slices.ContainsFunc(left, func(e os.DirEntry) bool { return strings.Contains(e.Name(), "+") }) {
		t.Errorf("left in the directory: %v, %v", left, err)
	}
	t.Logf("%d messages, %d kills", n, kills)
}

// TestRelayOut relays a pg: queue to a directory, killed again and again: each message is there
// once, under its name.
func TestRelayOut(t *testing.T) {
	t.Parallel()
	w := newSite(t)
	n := 60
	if harness.CI() {
		n = 160
	}
	want := w.files(t, "in", n)
	w.run(t, 0, "qmove", "-a", "--to", "pg:out", "in")
	w.mkdir(t, "back")
	kills := w.relay(t, "pg:out", "back", func() {})
	for base, data := range want {
		got, err := os.ReadFile(filepath.Join(w.dir, "back", base+".pck"))
		if err != nil {
			t.Errorf("lost: %v", err)
			continue
		}
		same(t, base, got, data)
	}
	// A kill leaves a temporary file at most.
	for _, pattern := range []string{"*.pck", "*.bak", "*.psv"} {
		all, err := filepath.Glob(filepath.Join(w.dir, "back", pattern))
		if err != nil || pattern == "*.pck" && len(all) != n || pattern != "*.pck" && len(all) > 0 {
			t.Errorf("%d of %s, not %d (%v)", len(all), pattern, n, err)
		}
	}
	if left := w.db.Entries(t); len(left) != 0 {
		t.Errorf("%d are left, %s", len(left), left[0].Path())
	}
	t.Logf("%d messages, %d kills", n, kills)
}
