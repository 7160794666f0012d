package pgqueue

import (
	"context"
	"errors"
	"iter"
	"time"

	"switchboard/pkg/message"
	"switchboard/pkg/pgqueue/internal/server"
	"switchboard/pkg/queue"
)

// plan says what becomes of an entry.
type plan struct {
	// set is the metadata to set.
	set []message.Setting
	// to is the path of the queue that the entry goes to, "" for its own, and as its state.
	to string
	as queue.State
	// restores and unreadable become fields of the Outcome.
	restores   int
	unreadable bool
}

// change is what is done with entries.
type change struct {
	kind queue.EventKind
	// from is the state of the entries.
	from queue.State
	// plan plans it for one entry. The content is nil if the entry is malformed.
	plan func(queue.ID, *message.Content) (plan, error)
	// own means that the claims are the caller's: a lease does not protect them.
	own bool
	// dry ends the change after its plan.
	dry bool
}

// planned is a change of one entry that is about to be made.
type planned struct {
	row
	plan
	queue   string
	whichq  *string
	outcome queue.Outcome
	about   *queue.About
}

// changeAll changes entries that have a state and the given generations, in one transaction.
// An entry that was changed since it was read, or whose lease was extended, stays as it is.
const changeAll = `
	update switchboard.entry e set queue = c.queue, state = c.state, metadata = c.metadata,
		size = e.message_size + octet_length(c.metadata), restores = c.restores, whichq = c.whichq,
		lease_until = null, claimed_at = null, claimed_by = null, changed_at = clock_timestamp()
	from unnest($2::bigint[], $3::bigint[], $4::timestamptz[], $5::text[], $6::int[], $7::bytea[], $8::int[], $9::text[])
		as c(id, generation, changed_at, queue, state, metadata, restores, whichq)
	where e.id = c.id and e.generation = c.generation and e.changed_at = c.changed_at and e.state = $10
		and ($1 or e.lease_until is null or e.lease_until <= statement_timestamp())
	returning e.id`

// change changes entries in groups, and calls done with each outcome once it is durable.
func (q *Queue) change(rows []row, c change, done func(queue.Outcome, error)) {
	for len(rows) > 0 {
		n, err := q.loadRows(rows)
		var group []planned
		for _, r := range rows[:n] {
			p, failed := q.planOne(r, c, err)
			if failed != nil || c.dry {
				done(p.outcome, failed)
				continue
			}
			group = append(group, p)
		}
		clear(rows[:n]) // the messages may go
		rows = rows[n:]
		q.changeGroup(group, c, done)
	}
}

// planOne reads an entry and plans its change.
func (q *Queue) planOne(r row, c change, err error) (planned, error) {
	path := q.EntryPath(r.id, c.from)
	if c.from == queue.InFlight {
		path = q.claimPath(r.id, r.generation)
	}
	p := planned{row: r, outcome: queue.Outcome{ID: r.id, From: path}}
	if err == nil && r.metadata == nil {
		err = missing(c.from) // it went while the others were read
	}
	var content *message.Content
	b := newBody(q.server, r.number, r.messageSize, r.message, r.metadata)
	if err == nil {
		if content, err = b.content(); errors.Is(err, queue.ErrMalformed) {
			content, err = nil, nil
		}
	}
	if err != nil {
		return p, failed(path, err)
	}
	if content != nil {
		defer content.Release()
	}
	if p.plan, err = c.plan(r.id, content); err != nil {
		return p, failed(path, err)
	}
	p.queue = q.name
	if p.to != "" {
		if p.queue, err = otherName(p.to); err != nil {
			return p, err
		}
	}
	if content != nil {
		p.whichq = orNull(whichqAfter(content, p.set))
		p.about = q.about(content)
		if len(p.set) > 0 {
			if p.metadata, _, err = b.patched(content, p.set...); err != nil {
				return p, failed(path, err)
			}
		}
	}
	if p.about != nil {
		p.about.Restores = p.restores
	}
	p.outcome.To = entryPath(p.queue, r.id, p.as)
	p.outcome.Restores, p.outcome.Preserved, p.outcome.Unreadable = p.restores, p.as == queue.Preserved, p.unreadable
	return p, nil
}

// changeGroup makes the changes of a group. If one of them is in conflict, each is made by
// itself.
func (q *Queue) changeGroup(group []planned, c change, done func(queue.Outcome, error)) {
	if len(group) == 0 {
		return
	}
	changed, err := q.commitChanges(group, c)
	if errors.Is(err, server.ErrUnique) && len(group) > 1 {
		for _, p := range group {
			q.changeGroup([]planned{p}, c, done)
		}
		return
	}
	for _, p := range group {
		switch {
		case errors.Is(err, server.ErrUnique):
			done(p.outcome, &queue.Error{Path: p.outcome.To, Err: queue.ErrConflict})
		case err != nil:
			done(p.outcome, failed(p.outcome.From, err))
		case !changed[p.number]:
			done(p.outcome, failed(p.outcome.From, missing(c.from)))
		default:
			kind := c.kind
			if p.as == queue.Preserved {
				kind = queue.WasPreserved
			}
			q.trace(queue.Event{ID: p.id, Kind: kind, From: p.outcome.From, To: p.outcome.To, About: p.about})
			done(p.outcome, nil)
		}
	}
}

// commitChanges makes the changes of a group, and returns which entries were changed.
func (q *Queue) commitChanges(group []planned, c change) (changed map[int64]bool, err error) {
	var (
		numbers, generations []int64
		times                []time.Time
		queues               []string
		states, restores     []int64
		metadata             [][]byte
		origins              []*string
		wake                 = map[string]bool{}
	)
	for _, p := range group {
		numbers, generations, times = append(numbers, p.number), append(generations, p.generation), append(times, p.changed)
		queues, states, restores = append(queues, p.queue), append(states, int64(p.as)), append(restores, int64(p.restores))
		metadata = append(metadata, p.metadata)
		origins = append(origins, p.whichq)
		if p.as == queue.Ready {
			wake[p.queue] = true
		}
	}
	statements := []server.Statement{{
		SQL: changeAll, Args: []any{c.own, numbers, generations, times, queues, states, metadata, restores, origins, int64(c.from)},
		Row: func(r server.Row) error {
			var number int64
			err := r.Scan(&number)
			changed[number] = true
			return err
		},
	}}
	for name := range wake {
		statements = append(statements, wakes(name, true))
	}
	err = q.server.patiently(func(ctx context.Context) error {
		changed = map[int64]bool{}
		return q.server.db.Do(ctx, true, statements...)
	})
	if wake[q.name] {
		q.bound.forget()
	}
	return changed, err
}

// chunks yields parts of a list, each with at most n elements.
func chunks[T any](all []T, n int) iter.Seq[[]T] {
	return func(yield func([]T) bool) {
		for len(all) > 0 {
			part := all[:min(n, len(all))]
			if all = all[len(part):]; !yield(part) {
				return
			}
		}
	}
}

// bases returns the file bases of entries.
func bases(ids []queue.ID) []string {
	all := make([]string, len(ids))
	for i, id := range ids {
		all[i] = id.String()
	}
	return all
}
