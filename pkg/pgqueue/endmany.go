package pgqueue

import (
	"context"
	"errors"

	"switchboard/pkg/pgqueue/internal/server"
	"switchboard/pkg/queue"
)

// finishNamed and requeueNamed are finishAll and requeueAll for claims of a queue by name and
// generation. They return the names of those that were in flight so.
const (
	finishNamed = `
		with gone as (
			delete from switchboard.entry e using unnest($2::text[], $3::bigint[]) as c(base, generation)
			where e.queue = $1 and e.base = c.base and e.generation = c.generation and e.state + 0 = 2
			returning e.queue, e.base, e.named),
		` + keptNames + `
		select base from gone`
	requeueNamed = requeued + `
		from unnest($2::text[], $3::bigint[]) as c(base, generation)
		where e.queue = $1 and e.base = c.base and e.generation = c.generation and e.state + 0 = 2
		returning e.base`
)

// EndEntries implements [queue.View]. Each group is one transaction, which waits for the disks.
func (v *View) EndEntries(ids []queue.ID, requeue bool, done func(queue.Outcome, error)) {
	kind := queue.WasFinished
	if requeue {
		kind = queue.WasRequeued
	}
	for part := range chunks(ids, largestGroup) {
		abouts := v.aboutAll(part, queue.InFlight)
		ended, err := v.commitEnds(part, requeue)
		for _, id := range part {
			o := queue.Outcome{ID: id, From: v.EntryPath(id, queue.InFlight)}
			if requeue {
				o.To = v.EntryPath(id, queue.Ready)
			}
			switch {
			case err != nil:
				done(o, failed(o.From, err))
			case !ended[id.String()]:
				done(o, failed(o.From, notClaimed))
			default:
				delete(ended, id.String()) // one that is named twice was ended once
				v.trace(queue.Event{ID: id, Kind: kind, From: o.From, To: o.To, About: abouts[id]})
				done(o, nil)
			}
		}
	}
}

// commitEnds ends claims, and returns the names of those that it has ended.
func (v *View) commitEnds(ids []queue.ID, requeue bool) (ended map[string]bool, err error) {
	generations := make([]int64, len(ids))
	for i, id := range ids {
		generations[i] = v.claims[id]
	}
	sql, unknown := finishNamed, false
	// The last one makes the commit wait for what an earlier try may have done.
	statements := []server.Statement{{}, {SQL: durably}}
	if requeue {
		sql = requeueNamed
		statements = append(statements, wakes(v.name, true))
		defer v.bound.forget()
	}
	statements[0] = server.Statement{SQL: sql, Args: []any{v.name, bases(ids), generations}, Row: func(r server.Row) error {
		var base string
		err := r.Scan(&base)
		ended[base] = true
		return err
	}}
	err = v.server.stubbornly(func(ctx context.Context) error {
		ended = map[string]bool{}
		err := v.server.db.Do(ctx, true, statements...)
		unknown = unknown || errors.Is(err, server.ErrUnknown)
		if err == nil && unknown && len(ended) < len(ids) {
			err = v.endedBefore(ctx, ids, requeue, ended)
		}
		return err
	})
	return ended, err
}

// wherever finds entries by their names, in any queue.
const wherever = "select base, queue, state, generation from switchboard.entry where base = any ($1::text[])"

// endedBefore adds to ended what a try has ended whose outcome was unknown. An entry that is
// nowhere was finished by it, or by somebody before: either way nobody has to finish it. One
// that is ready after this claim was requeued by it, or restored by somebody before.
func (v *View) endedBefore(ctx context.Context, ids []queue.ID, requeue bool, ended map[string]bool) error {
	there, ready := map[string]bool{}, map[string]int64{}
	err := v.server.db.Look(ctx, server.Statement{SQL: wherever, Args: []any{bases(ids)}, Row: func(r server.Row) error {
		var base, name string
		var state int16
		var generation int64
		err := r.Scan(&base, &name, &state, &generation)
		if there[base] = true; name == v.name && queue.State(state) == queue.Ready {
			ready[base] = generation
		}
		return err
	}})
	if err != nil {
		return err
	}
	for _, id := range ids {
		base := id.String()
		if generation, ok := ready[base]; !requeue && !there[base] || requeue && ok && generation == v.claims[id] {
			ended[base] = true
		}
	}
	return nil
}
