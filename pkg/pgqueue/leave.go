package pgqueue

import (
	"context"
	"errors"

	"switchboard/pkg/pgqueue/internal/server"
	"switchboard/pkg/queue"
)

// An entry that leaves the database takes its names with it. If they stayed, the entry would be
// taken for stored already when it came back, and would be lost.
//
// leaveAll finishes claims whose entries are in another queue now, by number and generation.
const leaveAll = `
	with gone as (
		delete from switchboard.entry e using unnest($1::bigint[], $2::bigint[]) as c(id, generation)
		where e.id = c.id and e.generation = c.generation and e.state + 0 = 2
		returning e.id, e.base),
	forgotten as (
		delete from switchboard.named n using gone where n.base = gone.base)
	select id from gone`

// leave finishes claims of entries that another kind of queue has. It returns the error of
// each. What it has done is durable.
func (q *Queue) leave(claims []*queue.Claim) []error {
	errs := make([]error, len(claims))
	var mine []*claim
	var numbers, generations []int64
	for i, one := range claims {
		c := one.Held.(*claim)
		if errs[i] = c.mine(); errs[i] == nil {
			numbers, generations = append(numbers, c.number), append(generations, c.generation)
		}
		mine = append(mine, c)
	}
	gone := map[int64]bool{}
	tried := false
	err := q.server.stubbornly(func(ctx context.Context) error {
		clear(gone)
		err := q.server.db.Do(ctx, true, server.Statement{SQL: leaveAll, Args: []any{numbers, generations}, Row: func(r server.Row) error {
			var number int64
			err := r.Scan(&number)
			gone[number] = true
			return err
		}}, server.Statement{SQL: durably})
		tried = tried || errors.Is(err, server.ErrUnknown)
		return err
	})
	for i, c := range mine {
		if errs[i] == nil && err != nil {
			errs[i] = c.fail(err)
		}
		if errs[i] == nil && !gone[c.number] && !tried {
			errs[i] = c.fail(notClaimed)
		}
		c.Close()
	}
	return errs
}
