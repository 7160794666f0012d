package pgqueue

import (
	"errors"
	"iter"
	"slices"

	"switchboard/pkg/pgqueue/internal/server"
	"switchboard/pkg/queue"
)

// claimsOf claims named entries in one transaction. The error of an entry is a
// *[queue.ClaimError]. Any other error is that of all entries that were not yielded.
func (q *Queue) claimsOf(ids []queue.ID) iter.Seq2[*queue.Claim, error] {
	return func(yield func(*queue.Claim, error) bool) {
		group, err := q.takeIDs(ids)
		if err != nil {
			yield(nil, err)
			return
		}
		place := map[queue.ID]int{}
		for i, id := range ids {
			place[id] = i
		}
		slices.SortFunc(group, func(a, b taken) int { return place[a.id] - place[b.id] })
		for _, t := range group {
			delete(place, t.id)
		}
		for _, id := range ids {
			if _, missing := place[id]; missing && !yield(nil, &queue.ClaimError{ID: id, Err: q.notReady(id)}) {
				q.giveBack(group)
				return
			}
		}
		q.yieldGroup(&pass{skip: never}, group, yield)
	}
}

func (q *Queue) notReady(id queue.ID) error {
	return &queue.Error{Path: q.EntryPath(id, queue.Ready), Err: notReady}
}

// DequeueEntries implements [queue.Remote]. It claims a group in each transaction.
func (q *Queue) DequeueEntries(ids []queue.ID) iter.Seq2[*queue.Claim, error] {
	return func(yield func(*queue.Claim, error) bool) {
		for part := range chunks(ids, largestGroup) {
			told := map[queue.ID]bool{}
			for c, err := range q.claimsOf(part) {
				one, isOne := errors.AsType[*queue.ClaimError](err)
				switch {
				case err == nil:
					told[c.ID] = true
				case isOne:
					told[one.ID] = true
				default:
					for _, id := range part {
						failed := &queue.Error{Path: q.EntryPath(id, queue.Ready), Err: queue.Cause(err)}
						if !told[id] && !yield(nil, &queue.ClaimError{ID: id, Err: failed}) {
							return
						}
					}
					continue
				}
				if !yield(c, err) {
					return
				}
			}
		}
	}
}

// Dequeue claims one named entry.
func (q *Queue) Dequeue(id queue.ID) (*queue.Claim, error) {
	found, err := q.takeIDs([]queue.ID{id})
	switch {
	case err != nil:
		return nil, err
	case len(found) == 0:
		return nil, q.notReady(id)
	}
	return q.newClaim(found[0])
}

// CanClaim fails if Dequeue would fail for the entry.
func (q *Queue) CanClaim(id queue.ID) error { return q.Look(id, queue.Ready) }

// readyOf are the names of those entries that are ready.
const readyOf = "select base from switchboard.entry where queue = $1 and base = any ($2::text[]) and state + 0 = 1"

// CanClaimEntries implements [queue.Remote].
func (q *Queue) CanClaimEntries(ids []queue.ID) map[queue.ID]error {
	failed := map[queue.ID]error{}
	for part := range chunks(ids, largestGroup) {
		ready := map[string]bool{}
		err := q.server.look(server.Statement{SQL: readyOf, Args: []any{q.name, bases(part)}, Row: func(r server.Row) error {
			var base string
			err := r.Scan(&base)
			ready[base] = true
			return err
		}})
		for _, id := range part {
			switch {
			case err != nil:
				failed[id] = &queue.Error{Path: q.EntryPath(id, queue.Ready), Err: kindOf(err)}
			case !ready[id.String()]:
				failed[id] = q.notReady(id)
			}
		}
	}
	return failed
}
