package pgqueue

import (
	"context"

	"switchboard/pkg/pgqueue/internal/server"
	"switchboard/pkg/queue"
)

// discardAll deletes entries that nobody has claimed. A name that was given is remembered from
// now on, for as long as names are kept.
const discardAll = `
	with gone as (
		delete from switchboard.entry where queue = $1 and base = any ($2::text[]) and state = $3 and ` + notHeld + `
		returning base, named),
	kept as (
		update switchboard.named n set at = statement_timestamp() from gone
		where gone.named and n.queue = $1 and n.base = gone.base)
	select base from gone`

// Discard deletes entries that nobody has handled.
func (q *Queue) Discard(ids []queue.ID, o queue.DiscardOptions, done func(queue.Outcome, error)) {
	for part := range chunks(ids, namedAtOnce) {
		gone := map[string]bool{}
		abouts := q.aboutAll(part, o.From)
		err := q.commitDiscard(part, o, gone)
		for _, id := range part {
			out := queue.Outcome{ID: id, From: q.EntryPath(id, o.From)}
			failure := err
			switch {
			case err != nil:
			case gone[id.String()] && !o.DryRun:
				q.trace(queue.Event{ID: id, Kind: queue.WasDiscarded, From: out.From, About: abouts[id]})
			case gone[id.String()]:
			case o.Listed:
				continue
			default:
				failure = q.whyNot(id, o.From)
			}
			done(out, failed(out.From, failure))
		}
	}
}

// commitDiscard deletes entries, and notes in gone which.
func (q *Queue) commitDiscard(ids []queue.ID, o queue.DiscardOptions, gone map[string]bool) error {
	if o.DryRun {
		rows, err := q.rowsOf(ids, o.From)
		for _, r := range rows {
			gone[r.id.String()] = true
		}
		return err
	}
	return q.server.patiently(func(ctx context.Context) error {
		clear(gone)
		return q.server.db.Do(ctx, true, server.Statement{
			SQL: discardAll, Args: []any{q.name, bases(ids), int64(o.From)},
			Row: func(r server.Row) error {
				var base string
				err := r.Scan(&base)
				gone[base] = true
				return err
			},
		})
	})
}
