package soak

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"switchboard/test/harness"
	"switchboard/test/harness/disk"
)

// site is a Mailman's queues, on a filesystem of their own.
type site struct {
	t    *testing.T
	seed uint64
	// kind is the filesystem. Disk is nil on an ordinary directory, which nobody may fill.
	kind string
	disk *disk.Disk
	// queues is the directory of the queues, and out one elsewhere, with messages and the handlers'
	// log: it is never full.
	queues, out string
	mailman     *harness.Mailman

	notes   *ledger
	crowd   harness.Crowd
	stop    chan struct{}
	next    atomic.Int64
	workers uint64
	working sync.WaitGroup
}

// names are the queues: runners work on in, loops on work; people move entries to side.
var names = []string{"in", "work", "side", "bad", "shunt"}

// size is large enough for each kind of filesystem.
const size = 400 << 20

func newSite(t *testing.T, seed uint64) *site {
	t.Helper()
	harness.Bin(t)
	root := filepath.Join(t.TempDir(), "site")
	s := &site{
		t: t, seed: seed, kind: "a directory", queues: filepath.Join(root, "queue"), out: t.TempDir(),
		notes: newLedger(), stop: make(chan struct{}),
	}
	if err := os.Mkdir(root, 0o755); err != nil {
		t.Fatal(err)
	}
	// To mount, and to fill what was mounted, belongs to the long run.
	if harness.CI() || os.Getenv("SOAK") != "" {
		kinds := []string{"ext4", "xfs", "btrfs", "tmpfs"}
		s.kind = kinds[rand.New(rand.NewPCG(seed, 0)).IntN(len(kinds))]
		s.disk = disk.New(t, s.kind, root, size)
		s.mailman = harness.StartMailman3(t, root)
	}
	for _, q := range names {
		if err := os.MkdirAll(s.queue(q), 0o770); err != nil {
			t.Fatal(err)
		}
	}
	if err := harness.WriteProgram(s.handler(), handler); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *site) queue(name string) string { return filepath.Join(s.queues, name) }
func (s *site) handler() string          { return filepath.Join(s.out, "handler") }
func (s *site) handled() string          { return filepath.Join(s.out, "handled") }

// random returns the dice of the next worker.
func (s *site) random() *rand.Rand {
	s.workers++
	return rand.New(rand.NewPCG(s.seed, s.workers))
}

// everybody starts worker again and again, until the end.
func (s *site) everybody(worker func(*rand.Rand)) {
	random := s.random()
	s.working.Go(func() {
		for !s.over() && !s.t.Failed() {
			worker(random)
		}
	})
}

func (s *site) over() bool {
	select {
	case <-s.stop:
		return true
	default:
		return false
	}
}

// pause waits for up to d, or until the end.
func (s *site) pause(random *rand.Rand, d time.Duration) {
	select {
	case <-s.stop:
	case <-time.After(time.Duration(random.Int64N(int64(d)))):
	}
}

// work lets everybody work for some time.
func (s *site) work(d time.Duration) {
	for range 2 {
		s.everybody(s.storeOne)
	}
	s.everybody(s.storeMany)
	if s.mailman != nil {
		s.everybody(s.mailmanStores)
	}
	for range 3 {
		s.everybody(s.loop)
	}
	for i := range 2 {
		s.everybody(func(r *rand.Rand) { s.runner(r, i) })
	}
	s.everybody(s.cron)
	s.everybody(s.sorter)
	s.everybody(s.releaser)
	s.everybody(s.looker)
	s.everybody(s.killer)
	if s.disk != nil {
		s.everybody(s.filler)
	}
	for end := time.Now().Add(d); time.Now().Before(end) && !s.t.Failed() && s.notes.faults() == 0; {
		time.Sleep(100 * time.Millisecond)
	}
	close(s.stop)
	s.working.Wait()
}

// run runs a command to its end, which may come early. Only some statuses are right.
func (s *site) run(stdin []byte, statuses []int, name string, args ...string) harness.Result {
	cmd := harness.Command(s.t, name, args...)
	cmd.Stdin = bytes.NewReader(stdin)
	ended := make(chan struct{})
	r, err := harness.Wait(cmd, func() error {
		if err := s.crowd.Start(cmd); err != nil || name != "qrun" {
			return err
		}
		go func() { // tells a qrun that waits, and once only: a second signal ends its commands, too
			select {
			case <-s.stop:
				cmd.Process.Signal(syscall.SIGTERM)
			case <-ended:
			}
		}()
		return nil
	})
	close(ended)
	s.crowd.Ended(cmd)
	switch {
	case err != nil:
		s.notes.wrong("%s: %v", cmd, err)
	case r.Status != -1 && !slices.Contains(statuses, r.Status), strings.Contains(r.Err, "goroutine "):
		s.notes.wrong("%s %s: status %d: %s", name, strings.Join(args, " "), r.Status, r.Err)
	}
	return r
}

// entries returns the paths of the files of a queue that have an extension.
func (s *site) entries(queue, ext string) []string {
	paths, _ := filepath.Glob(filepath.Join(s.queue(queue), "*+*"+ext))
	return paths
}

// settle empties all queues, with nobody about. What a runner's command still holds ends first.
func (s *site) settle() {
	t := s.t
	calm := func(stdin []byte, name string, args ...string) {
		t.Helper()
		for end := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
			r := harness.Run(t, stdin, name, args...)
			if r.Status == 0 {
				return
			}
			if r.Status != 75 || time.Now().After(end) {
				t.Fatalf("at the end, %s %s: %+v", name, strings.Join(args, " "), r)
			}
		}
	}
	for _, q := range []string{"in", "work", "side"} {
		calm(nil, "qrestore", "--max-restores", "0", s.queue(q))
	}
	preserved := strings.Join(s.entries("bad", ".psv"), "\n")
	s.notes.again(preserved)
	if preserved != "" {
		calm([]byte(preserved), "qrestore", "--to", s.queue("in"), "-")
	}
	calm(nil, "qrestore", "--origin", "--to", s.queue("in"), s.queue("shunt"))
	for _, q := range []string{"work", "side"} {
		calm(nil, "qmove", "-a", "--to", s.queue("in"), s.queue(q))
	}
	const parts = 32 // a part ends long before a command counts as hanging
	for i := range parts {
		calm(nil, "qrun", "-s", fmt.Sprintf("%d/%d", i, parts), "--max-restores", "0", s.queue("in"), s.handler(), s.handled(), "calm")
	}
	for _, q := range names {
		for _, ext := range []string{".pck", ".bak", ".psv"} {
			if left := s.entries(q, ext); len(left) > 0 {
				t.Errorf("at the end %s has %d of %s: %s", q, len(left), ext, left[0])
			}
		}
	}
	s.notes.readHandled(s.handled())
}

// message makes a message with a subject. Most are small; some need many system calls.
func (s *site) message(random *rand.Rand, subject string, ascii bool) []byte {
	n, length := s.next.Add(1), 200+random.IntN(6000)
	switch random.IntN(100) {
	case 0:
		length = 300_000
	case 1:
		if random.IntN(20) == 0 {
			length = 5_000_000
		}
	}
	body := fmt.Appendf(nil, "From: soak@site.example\nTo: list@site.example\nSubject: %s %d\nMessage-ID: <%d.%d@site.example>\n\n", subject, n, s.seed, n)
	if !ascii && random.IntN(3) == 0 {
		body = append(body, "gr\xfc\xdfe \xe2\x82\xac\n"...)
	}
	for len(body) < length {
		body = fmt.Appendf(body, "%064x\n", random.Uint64())
	}
	return body
}
