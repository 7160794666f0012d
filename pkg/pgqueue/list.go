package pgqueue

import (
	"iter"
	"strconv"

	"switchboard/pkg/pgqueue/internal/server"
	"switchboard/pkg/queue"
)

// page is how many entries a listing reads at once. A listing is not one statement: the server
// would keep all old rows for as long as somebody looks at it.
const page = 1000

// byName reads a page of a queue in the order of the file bases.
const byName = `select base, state, generation from switchboard.entry where queue = $1 and base > $2 order by base limit $3`

// Each yields every entry of the queue. One that changes its state meanwhile is yielded once.
func (q *Queue) Each() iter.Seq2[queue.File, error] {
	return func(yield func(queue.File, error) bool) {
		for last := ""; ; {
			files, err := q.files(byName, q.name, last, int64(page))
			if err != nil {
				yield(queue.File{}, err)
				return
			}
			for _, f := range files {
				if !yield(f, nil) {
					return
				}
			}
			if len(files) < page {
				return
			}
			last = files[page-1].ID.String()
		}
	}
}

// inOrder read a page of the entries in a state, oldest first, by the index of that state.
var inOrder = map[queue.State]string{
	queue.Ready:     listed + "1" + sorted,
	queue.InFlight:  listed + "2" + sorted,
	queue.Preserved: listed + "3" + sorted,
}

const (
	listed = "select base, state, generation from switchboard.entry where queue = $1 and state = "
	sorted = " and (received, digest) >= ($2, $3) order by received, digest limit $4"
)

// files reads a page.
func (q *Queue) files(sql string, args ...any) ([]queue.File, error) {
	files, err := lookFor(q.server, sql, args, func(r server.Row) (f queue.File, err error) {
		var (
			base       string
			state      int16
			generation int64
		)
		if err := r.Scan(&base, &state, &generation); err != nil {
			return f, err
		}
		f.State = queue.State(state)
		f.ID, err = queue.ParseID(base)
		f.Name = f.ID.Name(f.State)
		if f.State == queue.InFlight {
			f.Name += "@" + strconv.FormatInt(generation, 10)
		}
		return f, err
	})
	return files, failed(q.Path(), err)
}

// List yields the entries in any of the given states whose [queue.ID] keep accepts (nil: all),
// oldest first. It needs the memory of a page for each state. An entry that changes its state
// meanwhile may be yielded in both states, or in neither.
func (q *Queue) List(keep func(queue.ID) bool, states ...queue.State) iter.Seq2[queue.File, error] {
	return func(yield func(queue.File, error) bool) {
		var lists []*inState
		for _, s := range states {
			if inOrder[s] != "" { // a database has no temporary files
				lists = append(lists, &inState{q: q, state: s, at: first})
			}
		}
		for {
			var next *inState
			for _, l := range lists {
				more, err := l.more()
				if err != nil {
					yield(queue.File{}, err)
					return
				}
				if more && (next == nil || l.files[0].ID.Compare(next.files[0].ID) < 0) {
					next = l
				}
			}
			if next == nil {
				return
			}
			f := next.files[0]
			next.files = next.files[1:]
			if (keep == nil || keep(f.ID)) && !yield(f, nil) {
				return
			}
		}
	}
}

// inState lists the entries in one state.
type inState struct {
	q     *Queue
	state queue.State
	files []queue.File
	// at is where the next page begins. last are the entries of that place that were read: two
	// file bases can be of the same place, and a page can end between them.
	at   key
	last map[string]bool
	end  bool
}

// more reads the next page if files is empty, and reports whether there is another entry.
func (l *inState) more() (bool, error) {
	for len(l.files) == 0 && !l.end {
		limit := page + len(l.last)
		files, err := l.q.files(inOrder[l.state], l.q.name, l.at.received, l.at.digest, int64(limit))
		if err != nil {
			return false, err
		}
		l.end = len(files) < limit
		for _, f := range files {
			if k := keyOf(f.ID); l.at.less(k) {
				l.at, l.last = k, map[string]bool{}
			}
			if !l.last[f.ID.String()] {
				l.last[f.ID.String()] = true
				l.files = append(l.files, f)
			}
		}
	}
	return len(l.files) > 0, nil
}
