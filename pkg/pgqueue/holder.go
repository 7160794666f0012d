package pgqueue

import (
	"time"

	"switchboard/pkg/pgqueue/internal/server"
	"switchboard/pkg/queue"
)

var _ queue.Holder = (*Queue)(nil)

// holderOf looks for the worker that has claimed an entry.
const holderOf = `select coalesce(claimed_by, ''), coalesce(lease_until, 'epoch'), lease_until is not null
	from switchboard.entry where queue = $1 and base = $2 and state + 0 = 2`

// HeldBy returns which worker has claimed an entry, and until when its lease is if it has one.
// It returns "" for an entry that is not in flight.
func (q *Queue) HeldBy(id queue.ID) (worker string, until time.Time, err error) {
	err = q.server.look(server.Statement{
		SQL:  holderOf,
		Args: []any{q.name, id.String()},
		Row: func(r server.Row) error {
			leased := false
			err := r.Scan(&worker, &until, &leased)
			if !leased {
				until = time.Time{}
			}
			return err
		},
	})
	return worker, until, failed(q.EntryPath(id, queue.InFlight), err)
}
