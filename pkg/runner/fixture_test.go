package runner_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"switchboard/pkg/message"
	"switchboard/pkg/queue"
	"switchboard/pkg/runner"
)

// site is a queue with its siblings, and records what a run reports.
type site struct {
	t    *testing.T
	root string
	// out is a directory for the commands to write into.
	out string
	dir queue.Queue

	mu       sync.Mutex
	outcomes []runner.Outcome
	reports  []error
	outages  []error
	traced   []queue.Event
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{t: t, root: t.TempDir(), out: t.TempDir()}
	dir, err := queue.Create(filepath.Join(s.root, "in"), queue.Options{
		NoSync: true,
		Trace:  func(e queue.Event) { s.traced = append(s.traced, e) },
	})
	if err != nil {
		t.Fatal(err)
	}
	s.dir = dir
	t.Cleanup(func() { dir.Close() })
	return s
}

// unwatched is a directory whose watch reports nothing, so that a run looks again only when it
// wants to.
type unwatched struct{ *queue.Dir }

func (unwatched) Watch() queue.Watch { return silence{} }

type silence struct{}

func (silence) Wait(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}
func (silence) Close() error { return nil }

// add stores messages and returns their file bases, oldest first.
func (s *site) add(texts ...string) []queue.ID {
	s.t.Helper()
	var ids []queue.ID
	b := s.dir.NewBatch(func(path string) error {
		id, _ := queue.SplitName(filepath.Base(path))
		ids = append(ids, id)
		return nil
	})
	for _, text := range texts {
		if err := write(b, text, listName("test")); err != nil {
			s.t.Fatal(err)
		}
	}
	if err := b.Flush(); err != nil {
		s.t.Fatal(err)
	}
	return ids
}

// write adds a message to a batch.
func write(b queue.Batch, text string, metadata []message.Item) error {
	p, err := b.Create(queue.Metadata{Items: metadata})
	if err != nil {
		return err
	}
	defer p.Abort()
	if _, err := io.WriteString(p, text); err != nil {
		return err
	}
	return p.Commit()
}

// options returns Options whose command is a line of shell. In it, $out is the directory
// for results.
func (s *site) options(shell string) runner.Options {
	s.t.Helper()
	command, err := runner.Find("sh", "-c", shell)
	if err != nil {
		s.t.Fatal(err)
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { null.Close() })
	o := s.handling(nil)
	o.Command, o.Grace, o.Stdout, o.Stderr = command, 5*time.Second, null, null
	o.Env, o.TempDir = append(os.Environ(), "out="+s.out), s.t.TempDir()
	return o
}

// handling returns Options with a Handler.
func (s *site) handling(h runner.Handler) runner.Options {
	return runner.Options{
		Jobs: 1, MaxRestores: 3, Handler: h,
		Outcome: func(o runner.Outcome) error {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.outcomes = append(s.outcomes, o)
			return nil
		},
		Report: func(err error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.reports = append(s.reports, err)
		},
		Outage: func(err error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.outages = append(s.outages, err)
		},
	}
}

// run runs until the run ends by itself.
func (s *site) run(o runner.Options) (runner.Totals, error) {
	s.t.Helper()
	return s.runUntil(s.t.Context(), o)
}

// patience is the time after which something counts as hanging. A busy machine may need a minute
// for a few processes.
const patience = 5 * time.Minute

// runUntil runs until the run ends or ctx is done. It fails the test if it hangs.
func (s *site) runUntil(ctx context.Context, o runner.Options) (runner.Totals, error) {
	s.t.Helper()
	type end struct {
		runner.Totals
		error
	}
	ended := make(chan end, 1)
	go func() {
		totals, err := runner.Run(ctx, s.dir, o)
		ended <- end{totals, err}
	}()
	select {
	case e := <-ended:
		return e.Totals, e.error
	case <-time.After(patience):
		s.t.Fatal("the run does not end")
		panic("unreachable")
	}
}

// kinds returns the kinds of the outcomes so far, in order.
func (s *site) kinds() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var kinds []string
	for _, o := range s.outcomes {
		kinds = append(kinds, string(o.Kind))
	}
	return strings.Join(kinds, " ")
}

// files returns the names of the entries of a queue.
func (s *site) files(name string) []string {
	s.t.Helper()
	list, err := os.ReadDir(filepath.Join(s.root, name))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		s.t.Fatal(err)
	}
	var names []string
	for _, e := range list {
		if _, state := queue.SplitName(e.Name()); state != queue.Stray {
			names = append(names, e.Name())
		}
	}
	return names
}

// has fails the test unless a queue holds exactly these files.
func (s *site) has(name string, want ...string) {
	s.t.Helper()
	slices.Sort(want)
	if got := s.files(name); !slices.Equal(got, want) {
		s.t.Errorf("%s holds %q, want %q", name, got, want)
	}
}

// written returns the content of a file that a command wrote.
func (s *site) written(name string) string {
	s.t.Helper()
	b, err := os.ReadFile(filepath.Join(s.out, name))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		s.t.Fatal(err)
	}
	return string(b)
}

// read reads an entry of a queue of the site.
func (s *site) read(name string, id queue.ID, state queue.State) *message.Content {
	s.t.Helper()
	dir, err := queue.Open(filepath.Join(s.root, name), queue.Options{})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { dir.Close() })
	e, err := dir.Read(id, state)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { e.Close() })
	return e.Content
}

// eventually waits until is returns true. It fails the test if that does not come.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s does not come", what)
		}
	}
}

// once repeats a change of a queue while the entry that it changes is locked: a command that
// another test starts has the files of this process open for a moment, and their locks.
func once(t *testing.T, change func(func(queue.Outcome, error))) {
	t.Helper()
	eventually(t, "the lock", func() bool {
		var failed error
		change(func(_ queue.Outcome, err error) { failed = err })
		if failed != nil && !errors.Is(failed, queue.ErrBusy) {
			t.Fatal(failed)
		}
		return failed == nil
	})
}

func listName(name string) []message.Item { return []message.Item{{Key: "listname", Value: name}} }

// killAll kills the processes whose numbers are in pids.
func killAll(t *testing.T, pids string) {
	t.Helper()
	for pid := range strings.FieldsSeq(pids) {
		n, err := strconv.Atoi(pid)
		if err != nil || n <= 1 {
			t.Fatalf("%q is not a process", pid)
		}
		if err := syscall.Kill(n, syscall.SIGKILL); err != nil {
			t.Errorf("process %d: %v", n, err)
		}
	}
}
