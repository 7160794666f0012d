package pgqueue

import (
	"switchboard/pkg/pgqueue/internal/server"
	"switchboard/pkg/queue"
)

// countSlice counts the entries in each state, by the indexes alone.
const countSlice = `
	select 1, count(*), min(received) from switchboard.entry where queue = $1 and state = 1 and digest >= $2 and digest <= $3
	union all
	select 2, count(*), min(received) from switchboard.entry where queue = $1 and state = 2 and digest >= $2 and digest <= $3
	union all
	select 3, count(*), min(received) from switchboard.entry where queue = $1 and state = 3 and digest >= $2 and digest <= $3`

// Count counts the entries of a slice.
func (q *Queue) Count(s queue.Slice) (queue.Counts, error) {
	var c queue.Counts
	low, last := s.Bounds()
	err := q.server.look(server.Statement{
		SQL: countSlice, Args: []any{q.name, low[:], last[:]},
		Row: func(r server.Row) error {
			var (
				state, n int64
				oldest   *float64
			)
			if err := r.Scan(&state, &n, &oldest); err != nil {
				return err
			}
			c.ByState[state] = int(n)
			if oldest != nil {
				c.Oldest[state] = queue.NewID(*oldest, [20]byte{}).Received()
			}
			return nil
		},
	})
	return c, failed(q.Path(), err)
}

// Snapshot notes which entries are in a slice.
func (q *Queue) Snapshot(s queue.Slice) (*queue.Snapshot, error) {
	var (
		failure error
		counts  queue.Counts
		inside  = s.Filter()
	)
	snap := queue.NewSnapshot(counts, func(yield func(queue.ID) bool) {
		for f, err := range q.Each() {
			if err != nil {
				failure = err
				return
			}
			if !inside(f.ID) {
				continue
			}
			counts.ByState[f.State]++
			if oldest := &counts.Oldest[f.State]; oldest.IsZero() || f.ID.Received().Before(*oldest) {
				*oldest = f.ID.Received()
			}
			if !yield(f.ID) {
				return
			}
		}
	})
	snap.Counts = counts
	return snap, failure
}
