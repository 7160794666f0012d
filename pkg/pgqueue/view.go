package pgqueue

import (
	"maps"

	"switchboard/pkg/pgqueue/internal/server"
	"switchboard/pkg/queue"
)

// View is a queue for which an entry is in flight only in the claim that the view has of it. It
// is what operands with a generation open. It shares everything with the [Queue] that it is a
// view of. Its Finish and Requeue are durable when they return.
type View struct {
	*Queue
	// claims has the generations of the claims.
	claims map[queue.ID]int64
}

var _ queue.View = (*View)(nil)

// View returns a view of q that has one claim.
func (q *Queue) View(id queue.ID, generation int64) *View {
	return &View{q, map[queue.ID]int64{id: generation}}
}

// AddView implements [queue.View].
func (v *View) AddView(other queue.Queue) bool {
	o, ok := other.(*View)
	if !ok || o.Queue != v.Queue {
		return false
	}
	for id := range o.claims {
		if _, both := v.claims[id]; both {
			return false
		}
	}
	maps.Copy(v.claims, o.claims)
	return true
}

// claimOf looks for the number of a claimed entry.
const claimOf = "select id from switchboard.entry where queue = $1 and base = $2 and generation = $3 and state + 0 = 2"

// number returns the number of the entry that is in flight in the view's claim.
func (v *View) number(id queue.ID) (int64, error) {
	var number int64
	err := v.server.look(server.Statement{
		SQL:  claimOf,
		Args: []any{v.name, id.String(), v.claims[id]},
		Row:  func(r server.Row) error { return r.Scan(&number) },
	})
	if err == nil && number == 0 {
		err = notClaimed
	}
	return number, failed(v.EntryPath(id, queue.InFlight), err)
}

// EntryPath returns the path of the claim for an entry in flight.
func (v *View) EntryPath(id queue.ID, s queue.State) string {
	if generation, ok := v.claims[id]; ok && s == queue.InFlight {
		return v.claimPath(id, generation)
	}
	return v.Queue.EntryPath(id, s)
}

// Look checks that the entry is in flight in the view's claim.
func (v *View) Look(id queue.ID, s queue.State) error {
	if s != queue.InFlight {
		return v.Queue.Look(id, s)
	}
	_, err := v.number(id)
	return err
}

// Has reports whether the entry is in flight in the view's claim.
func (v *View) Has(id queue.ID, s queue.State) bool { return v.Look(id, s) == nil }

// Stat returns the Info of the claim.
func (v *View) Stat(id queue.ID, s queue.State) (queue.Info, error) {
	if s == queue.InFlight {
		if _, err := v.number(id); err != nil {
			return queue.Info{}, err
		}
	}
	return v.Queue.Stat(id, s)
}

// Read reads the claimed entry.
func (v *View) Read(id queue.ID, s queue.State) (*queue.Entry, error) {
	if s == queue.InFlight {
		if _, err := v.number(id); err != nil {
			return nil, err
		}
	}
	return v.Queue.Read(id, s)
}

// Finish deletes the claimed entry.
func (v *View) Finish(id queue.ID) error { return v.endOne(id, false) }

// Requeue makes the claimed entry ready again.
func (v *View) Requeue(id queue.ID) error { return v.endOne(id, true) }

func (v *View) endOne(id queue.ID, requeue bool) (err error) {
	v.EndEntries([]queue.ID{id}, requeue, func(_ queue.Outcome, failed error) { err = failed })
	return err
}

// PreserveEntries preserves the claimed entries.
func (v *View) PreserveEntries(ids []queue.ID, done func(queue.Outcome, error)) {
	v.preserveAll(ids, v.claims, done)
}

// RestoreEntries restores entries, but none that was claimed again since.
func (v *View) RestoreEntries(ids []queue.ID, o queue.RestoreOptions, done func(queue.Outcome, error)) {
	v.restoreAll(ids, v.claims, o, done)
}
