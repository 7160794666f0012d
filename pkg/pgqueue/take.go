package pgqueue

import (
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"switchboard/pkg/pgqueue/internal/server"
	"switchboard/pkg/queue"
)

// taken is an entry that was just claimed. Its message and metadata are read later if they are
// long.
type taken struct {
	id         queue.ID
	number     int64
	generation int64
	size       int64
	// messageSize is the length of the message pickle, and message its first chunk.
	messageSize       int64
	message, metadata []byte
	// lease is nil if the claim has none.
	lease *lease
}

// search says which entries are claimed.
type search struct {
	slice queue.Slice
	after key
	// most is the highest number that an entry may have.
	most int64
	// without are the numbers of entries that are left alone.
	without []int64
	// limit is how many are claimed.
	limit int
}

// columns are the columns of an entry that a claim returns. One that is longer than the last
// parameter is read later.
const columns = `id, base, generation, size, message_size,
	case when size <= $1 then message end, case when size <= $1 then metadata end`

// claimed is what a claim sets.
const claimed = `
	update switchboard.entry set state = 2, generation = nextval('switchboard.generation'),
		claimed_at = statement_timestamp(), changed_at = statement_timestamp(), claimed_by = $2,
		lease_until = statement_timestamp() + make_interval(secs => $3)`

// takeNext claims the first ready entries of a queue. Two claimers never wait for each other:
// each skips what the other has locked. The rows are locked before the claim is planned, and
// again found by their numbers, so that neither the order nor the limit depends on the plan.
const takeNext = claimed + `
	where id = any (array(
		select id from switchboard.entry
		where queue = $4 and state = 1 and (received, digest) > ($5, $6) and digest >= $7 and digest <= $8
			and id <= $9 and id not in (select unnest($10::bigint[]))
		order by received, digest limit $11
		for update skip locked))
	returning ` + columns

// takeNamed claims entries by their names.
const takeNamed = claimed + `
	where id = any (array(select id from switchboard.entry where queue = $4 and base = any ($5::text[]) and state + 0 = 1 for update skip locked))
	returning ` + columns

// inlineSize is how many bytes of entries a claim returns at most. The others are read later,
// some at a time.
const inlineSize = 8 << 20

// take claims entries, and returns them in order. The claim is durable: otherwise a failover
// could make the entries ready while they are being handled.
func (q *Queue) take(s search) ([]taken, error) {
	low, last := s.slice.Bounds()
	return q.claim(server.Statement{SQL: takeNext, Args: []any{
		inline(s.limit), q.server.worker, q.leaseSeconds(), q.name, s.after.received, s.after.digest, low[:], last[:], s.most, s.without, s.limit,
	}})
}

// inline returns the size up to which an entry is returned by the claim of n.
func inline(n int) int64 {
	if n > 1 {
		return inlineSize / int64(n)
	}
	return math.MaxInt64
}

// takeIDs claims the entries of these names, and returns those that were ready and are not being
// claimed.
func (q *Queue) takeIDs(ids []queue.ID) ([]taken, error) {
	return q.claim(server.Statement{SQL: takeNamed, Args: []any{
		inline(len(ids)), q.server.worker, q.leaseSeconds(), q.name, bases(ids),
	}})
}

// claim runs a statement that claims. A claim that certainly failed is tried again until the
// timeout, because a failover takes some seconds.
func (q *Queue) claim(st server.Statement) ([]taken, error) {
	var found []taken
	var since time.Time
	err := q.server.patiently(func(ctx context.Context) error {
		found = nil
		since = time.Now()
		st.Row = func(r server.Row) error {
			var t taken
			var base string
			if err := r.Scan(&t.number, &base, &t.generation, &t.size, &t.messageSize, &t.message, &t.metadata); err != nil {
				return err
			}
			var err error
			t.id, err = queue.ParseID(base)
			found = append(found, t)
			return err
		}
		return q.server.db.Do(ctx, true, st)
	})
	if err != nil {
		if errors.Is(err, server.ErrUnknown) {
			// The claim may have been made. Give back what is known of it.
			q.giveBack(found)
		}
		return nil, failed(q.Path(), err)
	}
	for i := range found {
		found[i].lease = q.leases.add(found[i].number, found[i].generation, since)
	}
	slices.SortFunc(found, func(a, b taken) int { return a.id.Compare(b.id) })
	return found, nil
}

// leaseSeconds returns how long the lease of a claim lasts, nil for none.
func (q *Queue) leaseSeconds() *float64 {
	if q.leases == nil {
		return nil
	}
	seconds := q.server.lease.Seconds()
	return &seconds
}

// highest returns the highest number of an entry. Entries that are stored later have higher
// ones.
func (q *Queue) highest() (int64, error) {
	var n int64
	err := q.server.look(server.Statement{
		SQL: "select coalesce(max(id), 0) from switchboard.entry",
		Row: func(r server.Row) error { return r.Scan(&n) },
	})
	return n, failed(q.Path(), err)
}
