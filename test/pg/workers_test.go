package pg

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"switchboard/test/harness"
	"switchboard/test/harness/smtpd"
)

// handled is what a handler notes of an entry: each is a file in the directory handled.
type handled struct {
	Entry, Text string
	Metadata    struct {
		Restores int `json:"_bak_count"`
	}
}

// note is a COMMAND that notes what it handles.
const note = `t=$(base64 -w0) && printf '{"Entry":"%s","Text":"%s","Metadata":%s}\n' "$Q_ENTRY" "$t" "$(cat $Q_METADATA)" >handled/$$.tmp && mv handled/$$.tmp handled/$$+${Q_ENTRY##*/}.json`

// generation returns the generation in the path of a claim.
func generation(path string) int {
	_, text, _ := strings.Cut(path, "@")
	n, _ := strconv.Atoi(text)
	return n
}

// storm stores numbered messages, and returns their texts.
func (w *site) storm(t *testing.T, queue string, n int, args ...string) []string {
	t.Helper()
	var texts []string
	names := append(args, queue)
	for i := range n {
		text := fmt.Sprintf("From: <a@test.example>\nSubject: %d\n\nThis is message %d.\n%s\n", i, i, strings.Repeat("x", i%7*100))
		if i%50 == 0 {
			text += strings.Repeat("A long line of a long message.\n", 25000)
		}
		name := fmt.Sprintf("msg%d", i)
		if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		names, texts = append(names, name), append(texts, text)
	}
	r := w.run(t, 0, "qenqueue", names...)
	if stored := strings.Count(r.Out, "\n"); stored != n {
		t.Fatalf("%d of %d stored", stored, n)
	}
	return texts
}

// forget ends the leases of a worker that was killed, as time does.
func (w *site) forget(t *testing.T, pid int) {
	t.Helper()
	w.db.Exec(t, fmt.Sprintf("UPDATE switchboard.entry SET lease_until = now() - interval '1 second' WHERE claimed_by LIKE '%%[%d]'", pid))
}

// claims reports whether a worker has claims.
func (w *site) claims(t *testing.T, pid int) bool {
	return w.db.SQL(t, fmt.Sprintf("SELECT count(*) FROM switchboard.entry WHERE state = 2 AND claimed_by LIKE '%%[%d]'", pid)) != "0"
}

// killer runs workers until none of them has anything left to do, and kills some at a random
// moment after they have claimed something. settled reports whether the work is done.
func (w *site) killer(t *testing.T, workers, kills int, args []string, settled func() bool) {
	t.Helper()
	var all sync.WaitGroup
	var mu sync.Mutex
	left := kills
	for i := range workers {
		rng := rand.New(rand.NewPCG(uint64(i), 77))
		all.Go(func() {
			for {
				var said bytes.Buffer
				cmd := harness.Command(t, args[0], args[1:]...)
				cmd.Dir, cmd.Env, cmd.Stderr = w.dir, append(cmd.Env, w.env...), &said
				if err := cmd.Start(); err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				kill := left > 0
				left--
				mu.Unlock()
				ended := make(chan error, 1)
				go func() { ended <- cmd.Wait() }()
				for kill && len(ended) == 0 {
					if w.claims(t, cmd.Process.Pid) {
						time.Sleep(time.Duration(rng.IntN(100)) * time.Millisecond)
						cmd.Process.Kill()
						break
					}
					time.Sleep(10 * time.Millisecond)
				}
				err := <-ended
				mu.Lock()
				w.forget(t, cmd.Process.Pid)
				done := settled()
				mu.Unlock()
				switch status := cmd.ProcessState.ExitCode(); {
				case status != 0 && status != 1 && status != 75 && status != -1:
					t.Errorf("%q: %v\n%s", args, err, said.String())
					return
				case !kill && done:
					return
				case !kill && status == 0:
					time.Sleep(20 * time.Millisecond) // another one has claims
				}
			}
		})
	}
	all.Wait()
}

// empty reports whether a queue has nothing ready and nothing in flight.
func (w *site) empty(t *testing.T, queue string) bool {
	return w.db.SQL(t, "SELECT count(*) FROM switchboard.entry WHERE queue = '"+queue+"' AND state IN (1, 2)") == "0"
}

// TestWorkers has several qruns on one queue, and kills some of them. Each message is handled,
// with its bytes; and once, but for a restore: a claim is never followed by another one of the
// same entry without a restore between.
func TestWorkers(t *testing.T) {
	t.Parallel()
	w := newSite(t)
	n, kills := 150, 12
	if harness.CI() {
		n, kills = 600, 40
	}
	texts := w.storm(t, "pg:in", n)
	w.mkdir(t, "handled")
	w.killer(t, 4, kills, []string{"qrun", "-j", "2", "--max-restores", "0", "pg:in", "sh", "-c", note}, func() bool { return w.empty(t, "in") })

	notes, err := filepath.Glob(filepath.Join(w.dir, "handled", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	times := map[string][]handled{}
	for _, path := range notes {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var h handled
		if err := json.Unmarshal(data, &h); err != nil {
			t.Fatalf("%v: %.200s", err, data)
		}
		base, _, _ := strings.Cut(h.Entry, "@")
		times[base] = append(times[base], h)
	}
	if len(times) != n {
		t.Errorf("%d of %d were handled", len(times), n)
	}
	seen, again := map[string]bool{}, 0
	for base, all := range times {
		slices.SortFunc(all, func(a, b handled) int { return cmp.Compare(generation(a.Entry), generation(b.Entry)) })
		for i, h := range all {
			if h.Text != all[0].Text {
				t.Errorf("%s: two texts", base)
			}
			if i > 0 && (h.Metadata.Restores <= all[i-1].Metadata.Restores || generation(h.Entry) <= generation(all[i-1].Entry)) {
				t.Errorf("%s was claimed twice without a restore between: %v", base, all)
			}
		}
		again += len(all) - 1
		seen[all[0].Text] = true
	}
	for i, text := range texts {
		if !seen[base64.StdEncoding.EncodeToString([]byte(text))] {
			t.Errorf("message %d was not handled", i)
		}
	}
	t.Logf("%d messages, %d handled again", n, again)
}

// TestDeliverers has several qdelivers on one queue, and kills some of them. Each message is
// delivered to each of its recipients, whole, and hardly any twice. The kills may meet the same
// entry again and again, so nothing limits its restores.
func TestDeliverers(t *testing.T) {
	t.Parallel()
	w := newSite(t)
	server := smtpd.Start(t, smtpd.Options{})
	n, kills := 60, 6
	if harness.CI() {
		n, kills = 150, 12
	}
	texts := w.storm(t, "pg:out", n, "-m", `recips:=["x@test.example","y@test.example"]`)
	w.killer(t, 3, kills, []string{"qdeliver", "-j", "2", "--max-restores", "0", "--domain", "test.example", "--server", server.URL, "pg:out"}, func() bool { return w.empty(t, "out") && w.empty(t, "retry") })

	delivered := map[string]int{}
	for _, m := range server.Mails() {
		delivered[m.Text()] += len(m.To)
	}
	for i, text := range texts {
		if delivered[text] < 2 {
			t.Errorf("message %d was delivered to %d recipients", i, delivered[text])
		}
		delete(delivered, text)
	}
	for text := range delivered {
		t.Errorf("delivered: %.200q", text)
	}
	if left := w.db.Entries(t); len(left) != 0 {
		t.Errorf("%d are left", len(left))
	}
}
