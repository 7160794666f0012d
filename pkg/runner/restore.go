package runner

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"switchboard/pkg/queue"
)

// restore restores the entries that a crash left in flight in the slice.
func (r *run) restore() {
	o := queue.RestoreOptions{Slice: r.o.Slice, MinAge: r.o.MinAge, MaxRestores: r.o.MaxRestores}
	err := r.dir.Restore(o, func(restored queue.Outcome, err error) {
		r.restored(restored, err, Outcome{Why: "left in flight"})
	})
	if err != nil && !r.waitsFor(err) {
		r.fail(err)
	}
}

// restoreHeld tries again to restore entries that the command of a killed runner held.
func (r *run) restoreHeld() {
	if len(r.held) == 0 {
		return
	}
	ids := slices.SortedFunc(maps.Keys(r.held), queue.ID.Compare)
	o := queue.RestoreOptions{MinAge: r.o.MinAge, MaxRestores: r.o.MaxRestores}
	r.dir.RestoreEntries(ids, o, func(restored queue.Outcome, err error) {
		if errors.Is(err, queue.ErrBusy) || errors.Is(err, queue.ErrRecent) {
			return
		}
		delete(r.held, restored.ID)
		if !errors.Is(err, queue.ErrState) {
			r.restored(restored, err, Outcome{Why: "left in flight"})
		}
	})
}

// crashed restores an entry whose command or Handler crashed, and counts the restore. It
// first releases the claim's lock. If a process that the command started still has the
// lock, the entry stays in flight until that process has ended.
func (r *run) crashed(claim *queue.Claim, o Outcome) {
	r.flush()
	id := claim.ID
	if err := claim.Close(); err != nil {
		r.o.Report(err)
	}
	// Without a limit of restores, the run would try the entry again at once and forever.
	// A run that waits can leave it for later as well.
	if r.o.Wait || r.o.MaxRestores == 0 {
		r.schedule.after(id, time.Now())
	}
	options := queue.RestoreOptions{MaxRestores: r.o.MaxRestores}
	// Processes that were killed with the command release the lock as they end.
	for dying := (patience{}); ; {
		busy := false
		r.dir.RestoreEntries([]queue.ID{id}, options, func(restored queue.Outcome, err error) {
			if busy = errors.Is(err, queue.ErrBusy) && !dying.over(); !busy {
				r.restored(restored, err, o)
			}
		})
		if !busy {
			return
		}
		time.Sleep(betweenLooks)
	}
}

// restored tells the outcome of a restore, or remembers an entry that is held.
func (r *run) restored(entry queue.Outcome, err error, o Outcome) {
	if err != nil {
		if r.leases.queue != nil && errors.Is(err, queue.ErrBusy) && !o.Ran {
			return // another worker handles it
		}
		if errors.Is(err, queue.ErrBusy) || errors.Is(err, queue.ErrRecent) {
			r.held[entry.ID] = true
		}
		if o.Ran {
			err = crashError{err, o.Why}
		}
		r.o.Report(err)
		return
	}
	o.ID, o.From, o.To, o.Restores = entry.ID, entry.From, entry.To, entry.Restores
	switch {
	case entry.Unreadable:
		o.Kind, o.Why = Preserved, entry.Why()
	case entry.Preserved:
		o.Kind, o.Why = Preserved, o.Why+"; "+entry.Why()
	case entry.Interrupted:
		o.Kind, o.Why = Shunted, o.Why+"; moved to "+o.To
	default:
		if o.Ran && (r.o.MaxRestores == 0 || r.o.Only != nil) {
			r.Waiting++
		}
		o.Kind = Restored
		o.Why = fmt.Sprintf("%s; restored (%d)", o.Why, o.Restores)
	}
	r.done(o)
}

// crashError is the failure to restore an entry whose command or Handler crashed.
type crashError struct {
	error
	why string
}

func (e crashError) Error() string { return e.error.Error() + " (" + e.why + ")" }
func (e crashError) Unwrap() error { return e.error }
