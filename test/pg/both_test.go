package pg

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"switchboard/pkg/message"
	"switchboard/pkg/pgqueue"
	"switchboard/pkg/queue"
	"switchboard/test/harness/postgres"
)

// sides are both kinds, on which the same is done.
type sides struct {
	kinds [2]kind
	n     int
	// held are the claims that are open, on both sides.
	held map[queue.ID][2]*queue.Claim
	open [2]map[string]queue.Queue
	// later are queues to close at the end.
	later []queue.Queue
}

// names are the queues that entries come to.
var names = []string{"in", "bad", "shunt", "retry", "hold"}

// TestBoth does the same with a directory and with a pg: queue, at random. Outcomes, errors,
// states, counts, metadata and the order of claims are the same.
//
// It is not parallel: it keeps the locks of files, and a process that another test starts would
// have them, too, until it executes its program.
func TestBoth(t *testing.T) {
	db := postgres.Queues(t)
	server, err := pgqueue.Open(context.Background(), configuration(db))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	parent := t.TempDir()
	if dir, err := os.MkdirTemp("/dev/shm", "switchboard-both-"); err == nil {
		t.Cleanup(func() { os.RemoveAll(dir) })
		parent = dir
	}
	rapid.Check(t, func(r *rapid.T) {
		root, err := os.MkdirTemp(parent, "queues-")
		check(r, err)
		defer os.RemoveAll(root)
		db.Exec(t, "TRUNCATE switchboard.entry, switchboard.body, switchboard.named")
		s := &sides{kinds: [2]kind{directories{root}, tables{db, server, t}}, held: map[queue.ID][2]*queue.Claim{}}
		for i, k := range s.kinds {
			s.open[i] = map[string]queue.Queue{}
			for _, name := range names {
				s.open[i][name] = k.open(r, name, queue.Options{}, false)
			}
			s.open[i]["in, of Mailman 3"] = k.open(r, "in", queue.Options{Format: message.Mailman3}, false)
		}
		r.Repeat(map[string]func(*rapid.T){
			"enqueue":        s.enqueue,
			"claim":          s.claim,
			"claim named":    s.dequeue,
			"end a claim":    s.end,
			"finish named":   s.named("finish", queue.Queue.Finish),
			"requeue named":  s.named("requeue", queue.Queue.Requeue),
			"preserve named": s.preserve,
			"restore":        s.restore,
			"restore named":  s.restoreNamed,
			"release":        s.releaseNamed,
			"unshunt":        s.unshunt,
			"move":           s.move,
			"discard":        s.discard,
			"":               s.compare,
		})
		for _, both := range s.held {
			both[0].Close()
			both[1].Close()
		}
		for _, open := range s.open {
			s.later = slices.AppendSeq(s.later, maps.Values(open))
		}
		for _, q := range s.later {
			q.Close()
		}
	})
}

// both does something on both sides and compares what it reports.
func (s *sides) both(t *rapid.T, what string, do func(side int) any) {
	t.Helper()
	files, tables := do(0), do(1)
	if a, b := fmt.Sprint(files), fmt.Sprint(tables); a != b {
		t.Fatalf("%s:\nfiles:  %s\ntables: %s", what, a, b)
	}
}

// kindOf names the kind of an error.
func kindOf(err error) string {
	for _, known := range []struct {
		err  error
		name string
	}{
		{queue.ErrState, "state"}, {queue.ErrConflict, "conflict"}, {queue.ErrMalformed, "malformed"}, {queue.ErrStray, "stray"},
		{queue.ErrBusy, "busy"}, {queue.ErrRecent, "recent"}, {queue.ErrCreate, "create"}, {queue.ErrEmpty, "empty"}, {queue.ErrOrigin, "origin"},
	} {
		if errors.Is(err, known.err) {
			return known.name
		}
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

// place shortens a path to the queue and the name, without generation.
func place(path string) string {
	path, _, _ = strings.Cut(strings.TrimPrefix(path, "pg:"), "@")
	return filepath.Join(filepath.Base(filepath.Dir(path)), filepath.Base(path))
}

// outcomes collects outcomes, in any order.
type outcomes struct{ all []string }

func (o *outcomes) done(one queue.Outcome, err error) {
	if err != nil {
		o.all = append(o.all, one.ID.String()+": "+kindOf(err))
		return
	}
	o.all = append(o.all, fmt.Sprintf("%s: %s -> %s, %d, %v %v", one.ID, place(one.From), place(one.To), one.Restores, one.Preserved, one.Unreadable))
}

func (o *outcomes) sorted() []string { return slices.Sorted(slices.Values(o.all)) }

// content describes the content of an entry.
func content(t tester, c *message.Content) string {
	t.Helper()
	var text bytes.Buffer
	check(t, c.WriteMessage(&text))
	data, err := c.AppendMetadata(nil)
	check(t, err)
	var all map[string]any
	check(t, json.Unmarshal(data, &all))
	// A directory's origin is a path.
	if from, ok := all["whichq"].(string); ok {
		all["whichq"] = filepath.Base(from)
	}
	return fmt.Sprintf("%q %v", text.String(), all)
}

// compare compares all queues.
func (s *sides) compare(t *rapid.T) {
	for _, name := range names {
		s.both(t, name, func(side int) any {
			q := s.open[side][name]
			var all []string
			for f, err := range q.Each() {
				check(t, err)
				if f.State == queue.Stray {
					continue
				}
				e, err := q.Read(f.ID, f.State)
				check(t, err)
				all = append(all, fmt.Sprintf("%s %v %d %s", f.ID, f.State, e.Content.Restores(), content(t, e.Content)))
				if !q.Has(f.ID, f.State) || q.Look(f.ID, f.State) != nil {
					t.Fatalf("%s is listed and not there", f.Name)
				}
				check(t, e.Close())
			}
			slices.Sort(all)
			counts, err := q.Count(queue.Slice{})
			check(t, err)
			snapshot, err := q.Snapshot(queue.Slice{Index: 1, Count: 3})
			check(t, err)
			part, err := q.Count(queue.Slice{Index: 1, Count: 3})
			check(t, err)
			if snapshot.Counts.ByState != part.ByState {
				t.Fatalf("a snapshot counts %v, not %v", snapshot.Counts, part)
			}
			var ready []string
			for f, err := range q.List(func(queue.ID) bool { return true }, queue.Ready, queue.InFlight, queue.Preserved) {
				check(t, err)
				ready = append(ready, f.ID.String())
			}
			return []any{all, counts.ByState[1:4], counts.Oldest[1:4], part.ByState[1:4], len(ready)}
		})
	}
}
