package pgqueue

import (
	"context"
	"errors"

	"switchboard/pkg/message"
	"switchboard/pkg/pgqueue/internal/server"
	"switchboard/pkg/queue"
)

// moveReady moves ready entries to another queue. Nothing else of them changes. An entry that
// is being claimed at this moment is waited for, and then stays.
const moveReady = `
	update switchboard.entry e set queue = $2, changed_at = clock_timestamp()
	where e.queue = $1 and e.base = any ($3::text[]) and e.state + 0 = 1
		and not exists (select from switchboard.entry t where t.queue = $2 and t.base = e.base)
	returning e.base`

// inTheWay are the entries of a queue that have the names.
const inTheWay = "select base, state from switchboard.entry where queue = $1 and base = any ($2::text[])"

// Move makes entries ready in another queue of the database, in one transaction for many. To a
// queue of another kind they are carried: see [queue.Carrier].
func (q *Queue) Move(ids []queue.ID, o queue.MoveOptions, done func(queue.Outcome, error)) {
	to, err := q.moveTarget(o)
	if errors.Is(err, errKind) {
		held := q.server.newLeases()
		defer held.close()
		c := queue.Carrier{From: q, To: o.To, Options: q.opt, Claims: q.claimsOf, Finish: q.leave, Keep: func(id queue.ID) (*queue.Kept, error) { return q.keep(id, held) }}
		c.Carry(ids, o, done)
		return
	}
	if err == nil && o.From == queue.Preserved {
		q.changeNamed(ids, o.Listed, change{kind: queue.WasMoved, from: queue.Preserved, dry: o.DryRun, plan: planMove(to)}, done)
		return
	}
	for part := range chunks(ids, namedAtOnce) {
		q.moveSome(part, to, o, err, done)
	}
}

// moveTarget returns the queue that the entries move to.
func (q *Queue) moveTarget(o queue.MoveOptions) (*Queue, error) {
	if o.To != nil {
		return q.sibling(o.To)
	}
	if o.Beside == q.name {
		return q, nil
	}
	return q.server.Queue(o.Beside, q.opt)
}

// planMove makes a preserved entry ready, with a count of 0.
func planMove(to *Queue) func(queue.ID, *message.Content) (plan, error) {
	return func(_ queue.ID, c *message.Content) (plan, error) {
		p := plan{to: to.Path(), as: queue.Ready}
		if c != nil {
			p.set = resetCount(c)
		}
		return p, nil
	}
}

// inThatQueue is the ErrConflict of an entry that would move to its own queue.
type inThatQueue struct{}

func (inThatQueue) Error() string        { return "is in that queue already" }
func (inThatQueue) Is(target error) bool { return target == queue.ErrConflict }

// conflict is the ErrConflict that names the entry in the way.
type conflict string

func (c conflict) Error() string        { return string(c) + " exists; both are kept" }
func (c conflict) Is(target error) bool { return target == queue.ErrConflict }

// moveSome moves ready entries. err is why they cannot move.
func (q *Queue) moveSome(ids []queue.ID, to *Queue, o queue.MoveOptions, err error, done func(queue.Outcome, error)) {
	if err == nil && to == q {
		err = inThatQueue{}
	}
	moved := map[string]bool{}
	var abouts map[queue.ID]*queue.About
	if err == nil {
		abouts = q.aboutAll(ids, o.From)
		moved, err = q.commitMove(ids, to, o.DryRun)
	}
	var way map[string]queue.State
	if err == nil && len(moved) < len(ids) {
		way, err = q.inTheWay(ids, to)
	}
	for _, id := range ids {
		out := queue.Outcome{ID: id, From: q.EntryPath(id, queue.Ready)}
		if to != nil {
			out.To = to.EntryPath(id, queue.Ready)
		}
		failure := err
		s, inWay := way[id.String()]
		switch {
		case moved[id.String()]:
			failure = nil
			if !o.DryRun {
				q.trace(queue.Event{ID: id, Kind: queue.WasMoved, From: out.From, To: out.To, About: abouts[id]})
			}
		case err != nil:
		case inWay && q.Has(id, queue.Ready):
			failure = conflict(to.EntryPath(id, s))
		case o.Listed:
			continue
		default:
			failure = missing(queue.Ready)
		}
		done(out, failed(out.From, failure))
	}
}

// commitMove moves ready entries, and returns which were moved.
func (q *Queue) commitMove(ids []queue.ID, to *Queue, dry bool) (moved map[string]bool, err error) {
	if dry {
		moved = map[string]bool{}
		rows, err := q.rowsOf(ids, queue.Ready)
		if err != nil {
			return nil, err
		}
		way, err := q.inTheWay(ids, to)
		for _, r := range rows {
			if _, ok := way[r.id.String()]; !ok {
				moved[r.id.String()] = true
			}
		}
		return moved, err
	}
	move := func(names []string) error {
		return q.server.patiently(func(ctx context.Context) error {
			return q.server.db.Do(ctx, true, server.Statement{
				SQL: moveReady, Args: []any{q.name, to.name, names},
				Row: func(r server.Row) error {
					var base string
					err := r.Scan(&base)
					moved[base] = true
					return err
				},
			}, wakes(to.name, true))
		})
	}
	moved = map[string]bool{}
	if err = move(bases(ids)); !errors.Is(err, server.ErrUnique) {
		return moved, err
	}
	// Somebody has stored an entry of one of the names at this moment.
	moved = map[string]bool{}
	for _, id := range ids {
		if err := move([]string{id.String()}); err != nil && !errors.Is(err, server.ErrUnique) {
			return moved, err
		}
	}
	return moved, nil
}

// inTheWay returns the states of the entries of another queue that have the names.
func (q *Queue) inTheWay(ids []queue.ID, to *Queue) (map[string]queue.State, error) {
	way := map[string]queue.State{}
	return way, q.server.look(server.Statement{
		SQL: inTheWay, Args: []any{to.name, bases(ids)},
		Row: func(r server.Row) error {
			var base string
			var s int16
			err := r.Scan(&base, &s)
			way[base] = queue.State(s)
			return err
		},
	})
}

// aboutAll describes entries that are about to change without being read.
func (q *Queue) aboutAll(ids []queue.ID, s queue.State) map[queue.ID]*queue.About {
	if !q.opt.Describe {
		return nil
	}
	abouts := map[queue.ID]*queue.About{}
	for part := range chunks(ids, namedAtOnce) {
		rows, err := q.rowsOf(part, s)
		for n := 0; err == nil && len(rows) > 0; rows = rows[n:] {
			n, err = q.loadRows(rows)
			for _, r := range rows[:n] {
				if content, bad := newBody(q.server, r.number, r.messageSize, r.message, r.metadata).content(); err == nil && bad == nil {
					abouts[r.id] = q.about(content)
					content.Release()
				}
			}
			clear(rows[:n]) // the messages may go
		}
	}
	return abouts
}
