package pgqueue

import (
	"context"
	"errors"
	"time"

	"switchboard/pkg/pgqueue/internal/server"
	"switchboard/pkg/queue"
)

// A preserved entry that is carried to another kind of queue has a lease, as a claim has, and
// stays preserved. Until the lease ends, nobody else can release, move or discard it.
const (
	keepPreserved = `
		update switchboard.entry set generation = nextval('switchboard.generation'), claimed_by = $3,
			lease_until = statement_timestamp() + make_interval(secs => $4)
		where queue = $1 and base = $2 and state + 0 = 3 and ` + notHeld + `
		returning id, generation`
	// notHeld is the condition that an entry has no lease, or that it has ended.
	notHeld = "(lease_until is null or lease_until <= statement_timestamp())"
	letGo   = `update switchboard.entry set lease_until = null, claimed_by = null where id = $1 and generation = $2 and state + 0 = 3`
	// leavePreserved deletes a preserved entry that is in another queue now.
	leavePreserved = `
		with gone as (
			delete from switchboard.entry where id = $1 and generation = $2 and state + 0 = 3
			returning base),
		forgotten as (
			delete from switchboard.named n using gone where n.base = gone.base)
		select from gone`
)

// keep opens a preserved entry, and gives it one of the leases.
func (q *Queue) keep(id queue.ID, held *leases) (*queue.Kept, error) {
	path := q.EntryPath(id, queue.Preserved)
	var number, generation int64
	since := time.Now()
	err := q.server.patiently(func(ctx context.Context) error {
		number, since = 0, time.Now()
		return q.server.db.Do(ctx, true, server.Statement{
			SQL: keepPreserved, Args: []any{q.name, id.String(), q.server.worker, q.server.lease.Seconds()},
			Row: func(r server.Row) error { return r.Scan(&number, &generation) },
		})
	})
	if err == nil && number == 0 {
		err = q.whyNot(id, queue.Preserved)
	}
	if err != nil {
		return nil, failed(path, err)
	}
	mine := held.add(number, generation, since)
	end := func(sql string) func() error {
		return func() error {
			defer held.drop(mine)
			var n int64
			tried := false
			err := q.server.untilLost(mine, func(ctx context.Context) error {
				err := q.server.db.Do(ctx, true, server.Statement{SQL: sql, Args: []any{number, generation}, Count: &n}, server.Statement{SQL: durably})
				tried = tried || errors.Is(err, server.ErrUnknown)
				return err
			})
			if err == nil && n == 0 && !tried {
				err = noLease
			}
			return failed(path, err)
		}
	}
	k := &queue.Kept{Remove: end(leavePreserved), LetGo: end(letGo)}
	if k.Entry, err = q.Read(id, queue.Preserved); err != nil {
		if k.Entry != nil {
			k.Close()
		}
		return nil, errors.Join(err, k.LetGo())
	}
	return k, nil
}

// whyNot returns why an entry cannot be changed that should be in state s.
func (q *Queue) whyNot(id queue.ID, s queue.State) error {
	rows, err := q.rowsOf([]queue.ID{id}, s)
	switch {
	case err != nil:
		return err
	case len(rows) > 0 && rows[0].held != "":
		return held(rows[0].held)
	}
	return missing(s)
}
