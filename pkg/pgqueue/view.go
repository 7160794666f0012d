package pgqueue

import (
	"switchboard/pkg/pgqueue/internal/server"
	"switchboard/pkg/queue"
)

// View is a queue for which only one claim of an entry is that entry in flight. It is what an
// operand with a generation opens. It shares everything with the [Queue] that it is a view of,
// which is the one to sync.
type View struct {
	*Queue
	Generation int64
}

// View returns a view of q.
func (q *Queue) View(generation int64) View { return View{q, generation} }

// claimOf looks for the number of a claimed entry.
const claimOf = "select id from switchboard.entry where queue = $1 and base = $2 and generation = $3 and state + 0 = 2"

// number returns the number of the entry that is in flight with the generation of the view.
func (v View) number(id queue.ID) (int64, error) {
	var number int64
	err := v.server.look(server.Statement{
		SQL:  claimOf,
		Args: []any{v.name, id.String(), v.Generation},
		Row:  func(r server.Row) error { return r.Scan(&number) },
	})
	if err == nil && number == 0 {
		err = notClaimed
	}
	return number, failed(v.claimPath(id, v.Generation), err)
}

// EntryPath returns the path of the claim for an entry in flight.
func (v View) EntryPath(id queue.ID, s queue.State) string {
	if s == queue.InFlight {
		return v.claimPath(id, v.Generation)
	}
	return v.Queue.EntryPath(id, s)
}

// Look checks that the entry is in flight with the generation.
func (v View) Look(id queue.ID, s queue.State) error {
	if s != queue.InFlight {
		return v.Queue.Look(id, s)
	}
	_, err := v.number(id)
	return err
}

// Has reports whether the entry is in flight with the generation.
func (v View) Has(id queue.ID, s queue.State) bool {
	if s != queue.InFlight {
		return v.Queue.Has(id, s)
	}
	_, err := v.number(id)
	return err == nil
}

// Stat returns the Info of the claim.
func (v View) Stat(id queue.ID, s queue.State) (queue.Info, error) {
	if s == queue.InFlight {
		if _, err := v.number(id); err != nil {
			return queue.Info{}, err
		}
	}
	return v.Queue.Stat(id, s)
}

// Read reads the claimed entry.
func (v View) Read(id queue.ID, s queue.State) (*queue.Entry, error) {
	if s == queue.InFlight {
		if _, err := v.number(id); err != nil {
			return nil, err
		}
	}
	return v.Queue.Read(id, s)
}

// Finish deletes the claimed entry.
func (v View) Finish(id queue.ID) error {
	number, about, err := v.found(id)
	if err == nil {
		err = failed(v.claimPath(id, v.Generation), v.finish(ended{number, v.Generation, true, nil}))
	}
	if err == nil {
		v.traceLater(queue.Event{ID: id, Kind: queue.WasFinished, From: v.claimPath(id, v.Generation), About: about})
	}
	return err
}

// Requeue makes the claimed entry ready again.
func (v View) Requeue(id queue.ID) error {
	number, about, err := v.found(id)
	if err == nil {
		err = failed(v.claimPath(id, v.Generation), v.requeue(ended{number, v.Generation, false, nil}))
	}
	if err == nil {
		v.traceLater(queue.Event{
			ID: id, Kind: queue.WasRequeued, From: v.claimPath(id, v.Generation), To: v.EntryPath(id, queue.Ready), About: about,
		})
	}
	return err
}

// found finds the claim and, if events are described, describes it.
func (v View) found(id queue.ID) (number int64, about *queue.About, err error) {
	if number, err = v.number(id); err != nil || !v.opt.Describe {
		return number, nil, err
	}
	if e, err := v.Queue.Read(id, queue.InFlight); err == nil {
		about = v.about(e.Content)
		e.Close()
	}
	return number, about, nil
}

// PreserveEntries preserves the claimed entries.
func (v View) PreserveEntries(ids []queue.ID, done func(queue.Outcome, error)) {
	v.preserveAll(ids, v.Generation, done)
}

// RestoreEntries restores entries, but none that was claimed again since.
func (v View) RestoreEntries(ids []queue.ID, o queue.RestoreOptions, done func(queue.Outcome, error)) {
	v.restoreAll(ids, v.Generation, o, done)
}
