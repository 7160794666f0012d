package runner

import (
	"errors"
	"fmt"

	"switchboard/pkg/queue"
)

// ErrFailing ends a run that fails with one entry after the other. The command is then
// probably broken, and not the entries.
var ErrFailing = errors.New("keeps failing")

// failures counts entries in a row whose handling failed or crashed. An entry that is
// tried again counts once.
type failures struct {
	// most is the number that ends the run, 0 for no limit.
	most int
	// row has the entries that were counted.
	row map[queue.ID]bool
}

// add counts an entry, and reports whether the limit has been reached.
func (f *failures) add(id queue.ID) bool {
	if f.most == 0 {
		return false
	}
	if f.row == nil {
		f.row = make(map[queue.ID]bool)
	}
	f.row[id] = true
	return len(f.row) >= f.most
}

// end ends the row, because an entry did not fail.
func (f *failures) end() { clear(f.row) }

// countFailure ends the run if too many entries in a row have failed. It does not undo what
// was done with these entries.
func (r *run) countFailure(id queue.ID) {
	if !r.failures.add(id) {
		return
	}
	entries := "entries"
	if r.o.MaxFailures == 1 {
		entries = "entry"
	}
	r.fail(&queue.Error{
		Path: r.dir.Path(), Err: fmt.Errorf("%s %w: for %d %s in a row", r.worker.name(), ErrFailing, r.o.MaxFailures, entries),
		Remedy: "fix " + r.worker.name() + "; then qrestore --origin " + r.dir.ShuntPath() + " releases what was shunted",
	})
}

// fail ends the run with err, after what is being handled.
func (r *run) fail(err error) {
	if r.failed == nil {
		r.failed = err
	}
	r.stopping = true
}

// askedToStop checks whether the caller has asked the run to stop. It reports whether the
// run is stopping, for whatever reason.
func (r *run) askedToStop() bool {
	select {
	case <-r.end:
		r.stopWork()
	case <-r.drain:
		r.stopClaiming()
	default:
	}
	return r.stopping
}

// stopClaiming is called when Options.Drain is done. If the run is already ending, it
// claims nothing more anyway, so stopClaiming tells what is being handled to end.
func (r *run) stopClaiming() {
	if r.stopping {
		r.endWork()
	}
	r.drain, r.stopping, r.told = nil, true, true
	if r.o.Draining != nil && r.working.Err() == nil {
		r.o.Draining(r.running)
	}
}

// stopWork is called when the context of Run is done. The workers see that by themselves.
func (r *run) stopWork() {
	r.drain, r.end, r.stopping, r.told = nil, nil, true, true
}
