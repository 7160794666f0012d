package pgqueue

import (
	"switchboard/pkg/pgqueue/internal/server"
)

// loadSize is how many bytes of entries are read at once, unless one is longer.
const loadSize = 4 << 20

// loadAll reads the first chunks and the metadata of entries.
const loadAll = "select id, message, metadata from switchboard.entry where id = any ($1::bigint[])"

// load reads the messages and the metadata of the first of the entries that were claimed.
func (q *Queue) load(group []taken) error {
	at := map[int64]*taken{}
	var total int64
	for i := range group {
		t := &group[i]
		if t.metadata != nil {
			continue
		}
		total += min(t.messageSize, chunk) + t.size - t.messageSize
		if total > loadSize && len(at) > 0 {
			break
		}
		at[t.number] = t
	}
	return q.loadInto(keys(at), func(number int64, message, metadata []byte) {
		at[number].message, at[number].metadata = message, metadata
	})
}

// loadRows does the same for entries that are to be changed, and returns how many it read.
func (q *Queue) loadRows(rows []row) (n int, err error) {
	at := map[int64]*row{}
	var total int64
	for n = 0; n < len(rows); n++ {
		r := &rows[n]
		total += min(r.messageSize, chunk) + r.metadataSize
		if total > loadSize && n > 0 {
			break
		}
		at[r.number] = r
	}
	return n, q.loadInto(keys(at), func(number int64, message, metadata []byte) {
		at[number].message, at[number].metadata = message, metadata
	})
}

func (q *Queue) loadInto(numbers []int64, into func(number int64, message, metadata []byte)) error {
	return failed(q.Path(), q.server.look(server.Statement{
		SQL: loadAll, Args: []any{numbers},
		Row: func(r server.Row) error {
			var number int64
			var message, metadata []byte
			if err := r.Scan(&number, &message, &metadata); err != nil {
				return err
			}
			into(number, message, metadata)
			return nil
		},
	}))
}

func keys[T any](of map[int64]T) []int64 {
	all := make([]int64, 0, len(of))
	for k := range of {
		all = append(all, k)
	}
	return all
}
