package cluster

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"switchboard/test/harness"
)

// load is eight workers that use the commands on the queue pg:in, and what they were told.
type load struct {
	t *testing.T
	// dir has messages and the handlers' log.
	dir    string
	config string
	// log has what qrun says on standard error.
	log   *os.File
	notes *ledger
	// Those who store end first, so that the queue can be emptied.
	storing, handling       sync.WaitGroup
	stopStoring, stop       chan struct{}
	endStoring, endHandling func()
	running                 harness.Crowd
	next                    atomic.Int64
}

// handler is qrun's COMMAND: it notes what it got, in one write, and succeeds.
const handler = `#!/bin/sh
sum=$(sha256sum) || exit 75
printf '%s\t%s\t%s\n' "$Q_ENTRY" "${sum%% *}" "$(tr -d '\n' <"$Q_METADATA")" >>"$1"
`

// lease is the time after which the entries of a killed qrun can be restored.
const lease = "10s"

// newLoad makes the configuration of the commands and the schema. Nobody works yet.
func newLoad(t *testing.T, c *cluster) *load {
	t.Helper()
	l := &load{t: t, dir: t.TempDir(), notes: newLedger(), stop: make(chan struct{}), stopStoring: make(chan struct{})}
	l.endStoring, l.endHandling = sync.OnceFunc(func() { close(l.stopStoring) }), sync.OnceFunc(func() { close(l.stop) })
	var err error
	if l.log, err = os.Create(filepath.Join(c.dir, "qrun.log")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		l.end()
		l.log.Close()
	})
	l.config = filepath.Join(l.dir, "switchboard.toml")
	text := fmt.Sprintf("[pg]\ndsn = %q\npassfile = %q\ndurability = \"quorum\"\nlease = %q\ntimeout = \"5s\"\n", c.dsn(), c.passfile(), lease)
	write(t, l.config, text, 0o600)
	write(t, filepath.Join(l.dir, "handler"), handler, 0o755)
	if r := l.run(nil, "switchboard-pg", "init"); r.Status != 0 {
		t.Fatalf("switchboard-pg init: %+v", r)
	}
	return l
}

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

// start sets the workers to work: four that store, two that claim, read and finish as a script
// does, and two qrun with two jobs each.
func (l *load) start() {
	for i := range 4 {
		l.storing.Go(func() { l.store(rand.New(rand.NewPCG(uint64(i), 1)), i%2 == 0) })
	}
	for i := range 2 {
		l.handling.Go(func() { l.script(rand.New(rand.NewPCG(uint64(i), 2))) })
		l.handling.Go(l.runner)
	}
	l.handling.Go(l.restorer)
	l.handling.Go(l.killer)
}

// killer kills a command, now and then, until the storers have ended.
func (l *load) killer() {
	random := rand.New(rand.NewPCG(3, 3))
	for !closed(l.stopStoring) {
		time.Sleep(time.Duration(random.IntN(1500)) * time.Millisecond)
		l.running.Kill(random)
	}
}

// progress waits until something was stored and finished.
func (l *load) progress() {
	l.t.Helper()
	stored, done := l.notes.acknowledged(), l.notes.done()
	eventually(l.t, "messages are stored and finished", func() bool {
		return l.notes.acknowledged() >= stored+20 && l.notes.done() >= done+20 || len(l.notes.errors()) > 0
	})
}

// nothingStored checks that no message is stored while no standby can have it.
func (l *load) nothingStored() {
	l.t.Helper()
	time.Sleep(time.Second) // what was confirmed before may be reported now
	before := l.notes.acknowledged()
	l.refused(1000)
	if n := l.notes.acknowledged(); n != before {
		l.t.Errorf("%d messages were acknowledged by the primary alone", n-before)
	}
}

// refused checks that a message of some size is not stored, for now.
func (l *load) refused(size int) {
	l.t.Helper()
	cmd := l.command("qenqueue", "pg:refused")
	cmd.Stdin = strings.NewReader("Subject: refused\n\n" + strings.Repeat("x", size))
	r, err := harness.Wait(cmd, cmd.Start)
	if err != nil || r.Status != 75 || r.Out != "" {
		l.t.Errorf("a message that cannot be stored: %v, %+v", err, r)
	}
}

// finish lets the storers end, has the queue emptied and compares.
func (l *load) finish() {
	l.t.Helper()
	l.endStoring()
	l.storing.Wait()
	eventually(l.t, "the queue is empty", func() bool {
		if len(l.notes.errors()) > 0 {
			return true
		}
		for _, state := range []string{"ready", "inflight"} {
			r := l.run(nil, "qstat", "--count", state, "pg:in")
			if r.Status != 0 || strings.TrimSpace(r.Out) != "0" {
				return false
			}
		}
		return true
	})
	l.end()
	l.notes.readHandled(filepath.Join(l.dir, "handled"))
	for i, wrong := range l.notes.compare() {
		if i < 20 {
			l.t.Error(wrong)
		}
	}
	l.t.Log(l.notes.summary())
}

// end has all workers end.
func (l *load) end() {
	l.endStoring()
	l.endHandling()
	ended := make(chan struct{})
	go func() {
		l.storing.Wait()
		l.handling.Wait()
		close(ended)
	}()
	for !closed(ended) {
		l.running.Signal(syscall.SIGKILL)
		time.Sleep(50 * time.Millisecond)
	}
}

// command returns a command with the cluster's configuration.
func (l *load) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(harness.Bin(l.t), name), args...)
	cmd.Env = append(os.Environ(), "SWITCHBOARD_CONFIG="+l.config)
	return cmd
}

// run runs a command to its end. A killer may end it earlier.
func (l *load) run(stdin []byte, name string, args ...string) harness.Result {
	cmd := l.command(name, args...)
	cmd.Stdin = strings.NewReader(string(stdin))
	r, err := harness.Wait(cmd, func() error { return l.running.Start(cmd) })
	l.running.Ended(cmd)
	if err != nil {
		l.notes.wrong("%s: %v", cmd, err)
	}
	return r
}

// message makes a new message. Most are small; some have several chunks in the database.
func (l *load) message(random *rand.Rand) []byte {
	n := l.next.Add(1)
	size := 200 + random.IntN(5000)
	switch {
	case n%200 == 7:
		size = 700_000 + random.IntN(500_000)
	case n%50 == 3:
		size = 100_000
	}
	body := fmt.Appendf(nil, "From: load@test.example\nSubject: message %d\n\n", n)
	for len(body) < size {
		body = fmt.Appendf(body, "%064x\n", random.Uint64())
	}
	return body
}

// store stores messages until each is acknowledged: alone, under a given file base, so that a
// retry stores nothing twice, or some files at a time.
func (l *load) store(random *rand.Rand, alone bool) {
	dir, err := os.MkdirTemp(l.dir, "storer")
	if err != nil {
		l.notes.wrong("%v", err)
		return
	}
	for !closed(l.stopStoring) {
		if l.notes.waiting() > backlog {
			time.Sleep(100 * time.Millisecond)
			continue
		}
		var files []string
		for range 1 + random.IntN(20) {
			text := l.message(random)
			sum := fmt.Sprintf("%x", sha256.Sum256(text))
			path := filepath.Join(dir, sum)
			write(l.t, path, string(text), 0o644)
			files = append(files, path)
			if alone {
				break
			}
		}
		for len(files) > 0 {
			sums := make([]string, len(files))
			for i, f := range files {
				sums[i] = filepath.Base(f)
			}
			args := append([]string{"pg:in"}, files...)
			if alone {
				args = append([]string{"--base", namedBase(sums[0])}, args...)
			}
			l.notes.offer(sums, alone)
			r := l.run(nil, "qenqueue", args...)
			if r.Status != 0 && r.Status != 75 && r.Status != -1 {
				l.notes.wrong("qenqueue: %+v", r)
			}
			printed := strings.Fields(r.Out)
			if r.Status == 0 && len(printed) != len(files) || len(printed) > len(files) {
				l.notes.wrong("qenqueue of %d files: %+v", len(files), r)
				return
			}
			// Paths are printed in the order of the files; a batch fails from some file on.
			l.notes.store(printed, sums)
			for _, f := range files[:len(printed)] {
				os.Remove(f)
			}
			files = files[len(printed):]
			if r.Status != 0 {
				time.Sleep(200 * time.Millisecond)
			}
		}
	}
}

// backlog is the number of stored entries at which those who store wait.
const backlog = 100

// namedBase makes a file base for a body.
func namedBase(sum string) string { return "1700000000.5+" + sum[:40] }

// script claims, reads, notes and finishes, like a shell script. Sometimes it dies on the way.
func (l *load) script(random *rand.Rand) {
	for !closed(l.stop) {
		r := l.run(nil, "qdequeue", "--json", "-n", fmt.Sprint(1+random.IntN(5)), "pg:in")
		var claims []string
		for line := range strings.Lines(r.Out) {
			var claim struct {
				Entry    string
				Restores int
			}
			if err := json.Unmarshal([]byte(line), &claim); err != nil {
				continue // a killed qdequeue may leave half a line
			}
			got := l.run(nil, "qcat", claim.Entry)
			if got.Status == 0 {
				l.notes.handle(claim.Entry, fmt.Sprintf("%x", sha256.Sum256([]byte(got.Out))), claim.Restores)
				claims = append(claims, claim.Entry)
			}
		}
		if len(claims) == 0 {
			time.Sleep(100 * time.Millisecond)
			continue
		}
		if random.IntN(10) == 0 {
			continue // it died
		}
		if r := l.run(nil, "qfinish", claims...); r.Status == 0 {
			l.notes.finish(claims)
		}
	}
}

// runner keeps a qrun running.
func (l *load) runner() {
	for !closed(l.stop) {
		cmd := l.command("qrun", "-w", "-j", "2", "--json", "--max-restores", "0", "--min-age", "20s", "pg:in", filepath.Join(l.dir, "handler"), filepath.Join(l.dir, "handled"))
		out, err := cmd.StdoutPipe()
		if err == nil {
			cmd.Stderr = l.log
			err = l.running.Start(cmd)
		}
		if err != nil {
			l.notes.wrong("qrun: %v", err)
			return
		}
		for events := json.NewDecoder(out); ; {
			var event struct{ Entry, Outcome string }
			if events.Decode(&event) != nil {
				break
			}
			switch event.Outcome {
			case "finished":
				l.notes.finish([]string{event.Entry})
			case "shunted", "preserved":
				l.notes.wrong("qrun: %+v", event)
			}
		}
		cmd.Wait()
		l.running.Ended(cmd)
		time.Sleep(200 * time.Millisecond)
	}
}

// restorer restores what the dead left in flight.
func (l *load) restorer() {
	for !closed(l.stop) {
		l.run(nil, "qrestore", "--max-restores", "0", "--min-age", "10s", "pg:in")
		time.Sleep(2 * time.Second)
	}
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
