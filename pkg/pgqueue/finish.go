package pgqueue

import (
	"context"
	"errors"

	"switchboard/pkg/pgqueue/internal/server"
	"switchboard/pkg/queue"
)

// ended is a claim that was ended: finished, or requeued.
type ended struct {
	number, generation int64
	finished           bool
	// lease is that of the claim, nil if it has none. As long as it lasts, it is worth trying
	// to end the claim: otherwise the entry will be handled again.
	lease *lease
}

// finishAll finishes claims, by number and generation. The chunks of an entry go with it. A
// name that was given is remembered from now on, for as long as names are kept.
const finishAll = `
	with gone as (
		delete from switchboard.entry e using unnest($1::bigint[], $2::bigint[]) as c(id, generation)
		where e.id = c.id and e.generation = c.generation and e.state + 0 = 2
		returning e.queue, e.base, e.named),
	` + keptNames + `
	select from gone`

// keptNames keeps the names of the entries of gone for some time from now on.
const keptNames = `kept as (
		update switchboard.named n set at = statement_timestamp() from gone
		where gone.named and n.queue = gone.queue and n.base = gone.base)`

// requeued is what a requeue sets.
const requeued = `
	update switchboard.entry e set state = 1, changed_at = statement_timestamp(),
		lease_until = null, claimed_at = null, claimed_by = null`

// requeueAll makes claims ready again, by number and generation.
const requeueAll = requeued + `
	from unnest($1::bigint[], $2::bigint[]) as c(id, generation)
	where e.id = c.id and e.generation = c.generation and e.state + 0 = 2`

const (
	// exists looks for an entry by its number.
	exists = "select from switchboard.entry where id = $1"
	// wasRequeued looks for an entry that a claim has ended of.
	wasRequeued = "select from switchboard.entry where id = $1 and (generation <> $2 or state <> 2)"
)

// finish deletes the entry of a claim. Another try makes no difference: no other claim has the
// generation. If nobody knows how the first one ended, the entry is not there, and nobody else
// could delete it so soon, it was this one.
func (q *Queue) finish(e ended) error {
	return q.end(finishAll, e, func(ctx context.Context) (bool, error) {
		var n int64
		err := q.server.db.Look(ctx, server.Statement{SQL: exists, Args: []any{e.number}, Count: &n})
		return n == 0, err
	})
}

// requeue makes the entry of a claim ready again. Another try makes no difference, as with
// finish. If nobody knows how the first one ended, and the entry is there and not in this claim
// any more, it was this one.
func (q *Queue) requeue(e ended) error {
	return q.end(requeueAll, e, func(ctx context.Context) (bool, error) {
		var n int64
		err := q.server.db.Look(ctx, server.Statement{SQL: wasRequeued, Args: []any{e.number, e.generation}, Count: &n})
		return n > 0, err
	}, wakes(q.name, true))
}

// end ends a claim with a statement. It is not durable yet: see Sync. If the statement does not
// find the claim after a try whose outcome is unknown, done says whether that try ended it.
func (q *Queue) end(sql string, e ended, done func(context.Context) (bool, error), more ...server.Statement) error {
	unknown := false
	err := q.server.untilLost(e.lease, func(ctx context.Context) error {
		var n int64
		end := server.Statement{SQL: sql, Args: []any{[]int64{e.number}, []int64{e.generation}}, Count: &n}
		err := q.server.db.Do(ctx, false, append([]server.Statement{end}, more...)...)
		unknown = unknown || errors.Is(err, server.ErrUnknown)
		ended := n > 0
		if err == nil && !ended && unknown {
			ended, err = done(ctx)
		}
		if err == nil && !ended {
			err = notClaimed
		}
		return err
	})
	if err == nil {
		q.server.unsynced.add(e)
	}
	return err
}

// giveBack requeues entries that were claimed but not yielded. If that fails, they stay in
// flight, as after a crash.
func (q *Queue) giveBack(group []taken) {
	var numbers, generations []int64
	for _, t := range group {
		q.leases.drop(t.lease)
		if t.number != 0 {
			numbers, generations = append(numbers, t.number), append(generations, t.generation)
		}
	}
	if numbers == nil {
		return
	}
	q.bound.forget()
	_ = q.server.stubbornly(func(ctx context.Context) error {
		return q.server.db.Do(ctx, true, server.Statement{SQL: requeueAll, Args: []any{numbers, generations}}, wakes(q.name, true))
	})
}

// Finish fails: which claim of the entry is to end?
func (q *Queue) Finish(id queue.ID) error { return q.noGeneration(id) }

// Requeue fails as Finish does.
func (q *Queue) Requeue(id queue.ID) error { return q.noGeneration(id) }

func (q *Queue) noGeneration(id queue.ID) error {
	return &queue.Error{Path: q.EntryPath(id, queue.InFlight), Err: ErrGeneration}
}
