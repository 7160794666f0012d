package pg

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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

// kind is one of the two kinds of queue.
type kind interface {
	// open opens a queue by its name. Claims of a queue that holds are protected from
	// restores until they are closed.
	open(tb tester, name string, o queue.Options, holds bool) queue.Queue
	// of returns the queue in which an entry in flight can be named.
	of(tb tester, q queue.Queue, id queue.ID) queue.Queue
	// release ends what protects a claim that was closed.
	release(tb tester)
}

// tester is a *testing.T or a *rapid.T.
type tester interface {
	Helper()
	Fatalf(format string, args ...any)
}

func check(t tester, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%v", err)
	}
}

// directories are queues of files.
type directories struct{ root string }

func (d directories) open(t tester, name string, o queue.Options, _ bool) queue.Queue {
	t.Helper()
	path := filepath.Join(d.root, name)
	check(t, os.MkdirAll(path, 0o770))
	q, err := queue.Open(path, o)
	check(t, err)
	return q
}

func (d directories) of(_ tester, q queue.Queue, _ queue.ID) queue.Queue { return q }
func (d directories) release(tester)                                     {}

// tables are queues in a database.
type tables struct {
	db     *postgres.Database
	server *pgqueue.Server
	tb     testing.TB
}

func (d tables) open(t tester, name string, o queue.Options, holds bool) queue.Queue {
	t.Helper()
	q, err := d.server.Queue(name, o)
	check(t, err)
	if holds {
		q.HoldLeases()
	}
	return q
}

func (d tables) of(t tester, q queue.Queue, id queue.ID) queue.Queue {
	t.Helper()
	for _, e := range d.db.Entries(d.tb) {
		if e.Base == id.String() && "pg:"+e.Queue == q.Path() && e.State == queue.InFlight {
			return q.(*pgqueue.Queue).View(e.Generation)
		}
	}
	return q.(*pgqueue.Queue).View(1 << 60)
}

func (d tables) release(tester) {
	d.db.Exec(d.tb, "UPDATE switchboard.entry SET lease_until = NULL")
}

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

func (s *sides) enqueue(t *rapid.T) {
	name := rapid.SampledFrom([]string{"in", "in, of Mailman 3"}).Draw(t, "format")
	texts := rapid.SliceOfN(rapid.StringMatching(`[a-z\n]{0,40}`), 1, 4).Draw(t, "texts")
	first := s.n
	s.n += len(texts)
	// One that is older than others is claimed before them.
	var ids []queue.ID
	for i := range texts {
		id, err := queue.ParseID(fmt.Sprintf("%d.5+%02x%038x", 1700000000+rapid.IntRange(1, 1000).Draw(t, "time"), rapid.IntRange(0, 255).Draw(t, "digest"), first+i))
		check(t, err)
		ids = append(ids, id)
	}
	s.both(t, "enqueue", func(side int) any {
		var told []string
		b := s.open[side][name].NewBatch(func(path string) error {
			told = append(told, place(path))
			return nil
		})
		for i, text := range texts {
			p, err := b.Create(queue.Metadata{Items: []message.Item{{Key: "n", Value: first + i}}, ID: ids[i]})
			check(t, err)
			_, err = fmt.Fprintf(p, "Subject: %d\n\n%s\n", first+i, text)
			check(t, err)
			check(t, p.Commit())
		}
		check(t, b.Flush())
		return told
	})
}

// draw draws an entry in one of the states of a queue, or one that was never there.
func (s *sides) draw(t *rapid.T, name string, states ...queue.State) queue.ID {
	t.Helper()
	var ids []queue.ID
	for f, err := range s.open[0][name].List(func(queue.ID) bool { return true }, states...) {
		check(t, err)
		ids = append(ids, f.ID)
	}
	slices.SortFunc(ids, queue.ID.Compare)
	if len(ids) == 0 || rapid.IntRange(0, 9).Draw(t, "none") == 0 {
		id, err := queue.ParseID("1600000000.5+" + strings.Repeat("0", 40))
		check(t, err)
		return id
	}
	return rapid.SampledFrom(ids).Draw(t, "entry")
}

func (s *sides) claim(t *rapid.T) {
	count := rapid.Uint64Range(1, 3).Draw(t, "slices")
	slice := queue.Slice{Index: rapid.Uint64Range(0, count-1).Draw(t, "slice"), Count: count}
	want := rapid.IntRange(1, 4).Draw(t, "want")
	hold := rapid.Bool().Draw(t, "hold")
	all := rapid.Bool().Draw(t, "all")
	claims := map[queue.ID]*[2]*queue.Claim{}
	s.both(t, "claim", func(side int) any {
		// A queue that stays open finds an older entry that another one put back only after
		// some seconds. Its claims stay held for as long as it is open.
		q := s.kinds[side].open(t, "in", queue.Options{}, hold)
		s.later = append(s.later, q)
		seq := q.Claims(slice, want)
		if all {
			seq = q.ClaimsOfAll(slice)
		}
		var got []string
		for c, err := range seq {
			check(t, err)
			got = append(got, c.ID.String()+content(t, c.Content))
			if hold {
				if claims[c.ID] == nil {
					claims[c.ID] = &[2]*queue.Claim{}
				}
				claims[c.ID][side] = c
			} else {
				check(t, c.Close())
			}
			if len(got) == want && !all {
				break
			}
		}
		check(t, q.Sync())
		return got
	})
	for id, both := range claims {
		s.held[id] = *both
	}
}

func (s *sides) dequeue(t *rapid.T) {
	id := s.draw(t, "in", queue.Ready, queue.InFlight)
	s.both(t, "claim named", func(side int) any {
		q := s.open[side]["in"]
		able := kindOf(q.CanClaim(id))
		c, err := q.Dequeue(id)
		if err != nil {
			return []string{able, kindOf(err)}
		}
		defer c.Close()
		return []string{able, content(t, c.Content)}
	})
}

// end ends a claim that is held, in one of the ways that a runner and a deliverer have.
func (s *sides) end(t *rapid.T) {
	if len(s.held) == 0 {
		t.Skip("none is held")
	}
	ids := slices.SortedFunc(maps.Keys(s.held), queue.ID.Compare)
	id := rapid.SampledFrom(ids).Draw(t, "entry")
	how := rapid.SampledFrom([]string{"finish", "requeue", "preserve", "shunt", "retry", "note", "split", "notice", "close"}).Draw(t, "how")
	value := rapid.StringMatching(`[a-z]{0,20}`).Draw(t, "value")
	set := message.Setting{Key: "noted", Value: value}
	s.both(t, how, func(side int) any {
		c := s.held[id][side]
		var path string
		var err error
		switch how {
		case "finish":
			err = c.Finish()
		case "requeue":
			err = c.Requeue()
		case "preserve":
			path, err = c.Preserve()
		case "shunt":
			path, err = c.Shunt(set)
		case "retry":
			path, err = c.Retry(set)
		case "note":
			if err = c.Note(set); err == nil {
				return content(t, c.Content)
			}
		case "split":
			// The name of the part depends on the kind of queue no more than on the time.
			path, err = c.Split(value, set)
		case "notice":
			path, err = c.Notice(value, queue.Metadata{Items: []message.Item{{Key: "noticed", Value: value}}}, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "Subject: about %s\n\n", value)
				return err
			})
		case "close":
			err = c.Close()
		}
		for _, q := range s.later {
			check(t, q.Sync())
		}
		return []string{place(path), kindOf(err)}
	})
	if how != "note" && how != "split" && how != "notice" {
		for _, c := range s.held[id] {
			c.Close()
		}
		delete(s.held, id)
		if how == "close" {
			s.unprotect(t)
		}
	}
}

// unprotect ends the leases of claims that are not held any more.
func (s *sides) unprotect(t *rapid.T) {
	tables := s.kinds[1].(tables)
	var held []string
	for id := range s.held {
		held = append(held, "'"+id.String()+"'")
	}
	text := "UPDATE switchboard.entry SET lease_until = NULL"
	if held != nil {
		text += " WHERE base NOT IN (" + strings.Join(held, ", ") + ")"
	}
	tables.db.Exec(tables.tb, text)
}

func (s *sides) named(what string, do func(queue.Queue, queue.ID) error) func(*rapid.T) {
	return func(t *rapid.T) {
		id := s.draw(t, "in", queue.Ready, queue.InFlight)
		if _, held := s.held[id]; held {
			t.Skip("is held")
		}
		s.both(t, what, func(side int) any {
			q := s.open[side]["in"]
			err := do(s.kinds[side].of(t, q, id), id)
			check(t, q.Sync())
			return kindOf(err)
		})
	}
}

func (s *sides) preserve(t *rapid.T) {
	id := s.draw(t, "in", queue.Ready, queue.InFlight)
	if _, held := s.held[id]; held {
		t.Skip("is held")
	}
	s.both(t, "preserve", func(side int) any {
		var o outcomes
		s.kinds[side].of(t, s.open[side]["in"], id).PreserveEntries([]queue.ID{id}, func(one queue.Outcome, err error) {
			one.Restores = 0 // it does not change, and only tables know it
			o.done(one, err)
		})
		return o.sorted()
	})
}

func (s *sides) restore(t *rapid.T) {
	count := rapid.Uint64Range(1, 3).Draw(t, "slices")
	o := queue.RestoreOptions{
		Slice:       queue.Slice{Index: rapid.Uint64Range(0, count-1).Draw(t, "slice"), Count: count},
		MaxRestores: rapid.IntRange(0, 4).Draw(t, "limit"), DryRun: rapid.IntRange(0, 4).Draw(t, "dry") == 0,
	}
	s.both(t, "restore", func(side int) any {
		var all outcomes
		err := s.open[side]["in"].Restore(o, all.done)
		return []any{all.sorted(), kindOf(err)}
	})
}

func (s *sides) restoreNamed(t *rapid.T) {
	ids := []queue.ID{s.draw(t, "in", queue.InFlight), s.draw(t, "in", queue.Ready, queue.InFlight)}
	if ids[0] == ids[1] {
		ids = ids[:1]
	}
	o := queue.RestoreOptions{MaxRestores: 2, Listed: rapid.Bool().Draw(t, "listed")}
	s.both(t, "restore named", func(side int) any {
		var all outcomes
		s.open[side]["in"].RestoreEntries(ids, o, all.done)
		return all.sorted()
	})
}

// target returns the queue that an entry came from.
func (s *sides) target(t *rapid.T, side int, from queue.Queue, state queue.State) func(queue.ID, *message.Content) (queue.Queue, error) {
	return func(id queue.ID, c *message.Content) (queue.Queue, error) {
		origin, err := from.Origin(id, state, c, nil)
		if err != nil {
			return nil, err
		}
		return from.OpenOrigin(origin, queue.Options{})
	}
}

func (s *sides) releaseNamed(t *rapid.T) {
	id := s.draw(t, "bad", queue.Preserved)
	o := queue.ReleaseOptions{From: queue.Preserved, DryRun: rapid.IntRange(0, 4).Draw(t, "dry") == 0}
	s.both(t, "release", func(side int) any {
		var all outcomes
		q := s.open[side]["bad"]
		o := o
		o.Target = s.target(t, side, q, queue.Preserved)
		q.ReleaseEntries([]queue.ID{id}, o, all.done)
		return all.sorted()
	})
}

func (s *sides) unshunt(t *rapid.T) {
	s.both(t, "unshunt", func(side int) any {
		var all outcomes
		q := s.open[side]["shunt"]
		err := q.Release(queue.ReleaseOptions{From: queue.Ready, Target: s.target(t, side, q, queue.Ready)}, all.done)
		return []any{all.sorted(), kindOf(err)}
	})
}

func (s *sides) move(t *rapid.T) {
	from := rapid.SampledFrom(names).Draw(t, "from")
	to := rapid.SampledFrom(names).Draw(t, "to")
	if from == to {
		t.Skip("goes nowhere")
	}
	state := queue.Ready
	if from == "bad" {
		state = queue.Preserved
	}
	ids := []queue.ID{s.draw(t, from, state, queue.InFlight), s.draw(t, from, state)}
	if ids[0] == ids[1] {
		ids = ids[:1]
	}
	o := queue.MoveOptions{From: state, Listed: rapid.Bool().Draw(t, "listed"), DryRun: rapid.IntRange(0, 4).Draw(t, "dry") == 0}
	beside := rapid.Bool().Draw(t, "beside")
	s.both(t, "move", func(side int) any {
		var all outcomes
		o := o
		if o.To = s.open[side][to]; beside {
			o.To, o.Beside = nil, to
		}
		s.open[side][from].Move(ids, o, all.done)
		return all.sorted()
	})
}

func (s *sides) discard(t *rapid.T) {
	from := rapid.SampledFrom(names).Draw(t, "from")
	state := queue.Ready
	if from == "bad" {
		state = queue.Preserved
	}
	id := s.draw(t, from, state, queue.InFlight)
	o := queue.DiscardOptions{From: state, DryRun: rapid.IntRange(0, 4).Draw(t, "dry") == 0}
	s.both(t, "discard", func(side int) any {
		var all outcomes
		s.open[side][from].Discard([]queue.ID{id}, o, all.done)
		return all.sorted()
	})
}

// configuration returns the configuration of a database.
func configuration(db *postgres.Database) (c pgqueue.Config) {
	c.DSN = db.DSN()
	return c
}
