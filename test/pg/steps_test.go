package pg

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

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
