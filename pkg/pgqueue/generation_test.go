package pgqueue

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"switchboard/pkg/message"
	"switchboard/pkg/pgqueue/internal/server"
	"switchboard/pkg/queue"
)

// token is a claim that somebody was given, perhaps long ago.
type token struct {
	id         queue.ID
	generation int64
}

// expected is what an entry must be.
type expected struct {
	state    queue.State
	restores int
	// generation is that of its last claim. leased means that the claim has a lease which has
	// not ended.
	generation int64
	leased     bool
}

// history is what workers do with a queue, in any order.
type history struct {
	t        testing.TB
	s        *Server
	entries  map[queue.ID]*expected
	tokens   []token
	finished int
	stored   int
	// open are the queues of the step.
	open []*Queue
}

// queue opens the queue for one step, as a command does.
func (h *history) queue(name string, leases bool) *Queue {
	q, err := h.s.Queue(name, queue.Options{})
	must(h.t, err)
	if leases {
		q.HoldLeases()
	}
	h.open = append(h.open, q)
	return q
}

// ids returns the entries in order.
func (h *history) ids() []queue.ID {
	return slices.SortedFunc(maps.Keys(h.entries), func(a, b queue.ID) int { return a.Compare(b) })
}

func (h *history) store(*rapid.T) {
	h.stored++
	h.entries[put(h.t, h.queue("in", false), h.stored)[0]] = &expected{state: queue.Ready}
}

// claimed notes a claim, and leaves it to whoever has its token.
func (h *history) claimed(t *rapid.T, c *queue.Claim, leased bool) {
	e, generation := h.entries[c.ID], c.Held.(*claim).generation
	if e == nil || e.state != queue.Ready || generation <= e.generation {
		t.Fatalf("%s was claimed with generation %d, and is %+v", c.ID, generation, e)
	}
	if mail(h.t, c) != textOf(number(c.ID)) {
		t.Fatalf("%s has another message", c.ID)
	}
	*e = expected{queue.InFlight, e.restores, generation, leased}
	h.tokens = append(h.tokens, token{c.ID, generation})
}

func (h *history) claim(t *rapid.T) {
	leased := rapid.Bool().Draw(t, "leased")
	q := h.queue("in", leased)
	var oldest queue.ID
	for _, id := range h.ids() {
		if h.entries[id].state == queue.Ready {
			oldest = id
			break
		}
	}
	found := claimSome(h.t, q, 1)
	if len(found) == 0 != (oldest == queue.ID{}) || len(found) > 0 && found[0].ID != oldest {
		t.Fatalf("claimed %s, the oldest is %s", order(found), oldest)
	}
	for _, c := range found {
		h.claimed(t, c, leased)
	}
}

// draw draws an entry, in whatever state it is.
func (h *history) draw(t *rapid.T) queue.ID {
	ids := h.ids()
	if len(ids) == 0 {
		t.Skip("there is none")
	}
	return rapid.SampledFrom(ids).Draw(t, "entry")
}

func (h *history) claimNamed(t *rapid.T) {
	id, leased := h.draw(t), rapid.Bool().Draw(t, "leased")
	c, err := h.queue("in", leased).Dequeue(id)
	if ready := h.entries[id].state == queue.Ready; (err == nil) != ready || err != nil && !errors.Is(err, queue.ErrState) {
		t.Fatalf("%s, ready %v: %v", id, ready, err)
	}
	if err == nil {
		h.claimed(t, c, leased)
	}
}

// end ends a claim, or tries to with the token of an earlier one.
func (h *history) end(how string) func(*rapid.T) {
	return func(t *rapid.T) {
		if len(h.tokens) == 0 {
			t.Skip("there is none")
		}
		old := rapid.SampledFrom(h.tokens).Draw(t, "token")
		e := h.entries[old.id]
		mine := e != nil && e.state == queue.InFlight && e.generation == old.generation
		v := h.queue("in", false).View(old.id, old.generation)
		var err error
		switch how {
		case "finish":
			if err = v.Finish(old.id); mine {
				delete(h.entries, old.id)
				h.finished++
			}
		case "requeue":
			if err = v.Requeue(old.id); mine {
				e.state, e.leased = queue.Ready, false
			}
		case "preserve":
			v.PreserveEntries([]queue.ID{old.id}, func(_ queue.Outcome, failed error) { err = failed })
			if mine {
				e.state, e.leased = queue.Preserved, false
			}
		}
		if (err == nil) != mine || err != nil && !errors.Is(err, queue.ErrState) {
			t.Fatalf("%s %s@%d, which is %+v: %v", how, old.id, old.generation, e, err)
		}
	}
}

// endLease is that the worker of an entry cannot reach the server for too long.
func (h *history) endLease(t *rapid.T) {
	id := h.draw(t)
	must(h.t, h.s.db.Do(h.t.Context(), false, server.Statement{
		SQL: "update switchboard.entry set lease_until = statement_timestamp() where base = $1 and lease_until is not null", Args: []any{id.String()},
	}))
	h.entries[id].leased = false
}

func (h *history) restore(t *rapid.T) {
	limit := rapid.IntRange(0, 3).Draw(t, "limit")
	outcomes := map[queue.ID]error{}
	must(h.t, h.queue("in", false).Restore(queue.RestoreOptions{MaxRestores: limit}, func(o queue.Outcome, err error) { outcomes[o.ID] = err }))
	for id, e := range h.entries {
		err, told := outcomes[id]
		switch {
		case told != (e.state == queue.InFlight), e.leased != errors.Is(err, queue.ErrBusy), !e.leased && err != nil:
			t.Fatalf("%s, which is %+v, was restored: %v, %v", id, e, told, err)
		case !told || e.leased:
		default:
			e.state = queue.Ready
			if limit == 0 || e.restores < limit {
				e.restores++
			}
			if limit > 0 && e.restores >= limit {
				e.state = queue.Preserved
			}
		}
	}
}

func (h *history) release(t *rapid.T) {
	id := h.draw(t)
	var err error
	bad := h.queue("bad", false)
	bad.ReleaseEntries([]queue.ID{id}, queue.ReleaseOptions{
		From: queue.Preserved, Target: func(queue.ID, *message.Content) (queue.Queue, error) { return h.queue("in", false), nil },
	}, func(_ queue.Outcome, failed error) { err = failed })
	e := h.entries[id]
	if preserved := e.state == queue.Preserved; (err == nil) != preserved || err != nil && !errors.Is(err, queue.ErrState) {
		t.Fatalf("%s, preserved %v: %v", id, preserved, err)
	}
	if err == nil {
		e.state, e.restores = queue.Ready, 0
	}
}

// compare checks that the database has what it must have, and nothing else.
func (h *history) compare(t *rapid.T) {
	var bad, in []string
	for _, id := range h.ids() {
		e := h.entries[id]
		text := fmt.Sprintf("/%d%s:%d", number(id), e.state.Ext(), e.restores)
		if e.state == queue.Preserved {
			bad = append(bad, "bad"+text)
		} else {
			in = append(in, "in"+text)
		}
	}
	want := strings.Join(append(bad, in...), " ")
	got := rows(h.t, h.queue("in", false))
	for _, q := range h.open {
		must(h.t, q.Close())
	}
	h.open = nil
	if got != want || len(h.entries)+h.finished != h.stored {
		t.Fatalf("the queue is %q, not %q; %d of %d finished", got, want, h.finished, h.stored)
	}
}

// TestGenerations has workers claim, end their claims, or try to end claims that they have lost,
// in any order, with and without leases. A claim that was restored is never ended by whoever had
// it before, no lease is ignored, and no entry is lost.
func TestGenerations(t *testing.T) {
	t.Parallel()
	s := open(t, database(t), func(c *Config) { c.Lease = time.Hour })
	rapid.Check(t, func(r *rapid.T) {
		must(t, s.db.Do(t.Context(), false, server.Statement{SQL: "delete from switchboard.entry"}))
		h := &history{t: t, s: s, entries: map[queue.ID]*expected{}}
		r.Repeat(map[string]func(*rapid.T){
			"store": h.store, "claim": h.claim, "claim named": h.claimNamed,
			"finish": h.end("finish"), "requeue": h.end("requeue"), "preserve": h.end("preserve"),
			"end a lease": h.endLease, "restore": h.restore, "release": h.release,
			"": h.compare,
		})
	})
}
