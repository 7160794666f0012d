package runner

import (
	"errors"
	"fmt"

	"switchboard/pkg/queue"
)

// ErrFailing ends a run whose command fails for one entry after the other: the command
// is more likely to be broken than all of the entries.
var ErrFailing = errors.New("COMMAND keeps failing")

// failures counts entries in a row whose command failed or crashed. An entry that is
// tried again counts once.
type failures struct {
	// most is how many end the run, 0 for no limit.
	most int
	// row are the entries.
	row map[queue.ID]bool
}

// add counts an entry and says whether that was one too many.
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

// end ends the row, because a command did not fail.
func (f *failures) end() { clear(f.row) }

// countFailure ends the run if the command has failed for too many entries. What became
// of these entries stays as it is.
func (r *run) countFailure(id queue.ID) {
	if !r.failures.add(id) {
		return
	}
	entries := "entries"
	if r.o.MaxFailures == 1 {
		entries = "entry"
	}
	r.fail(&queue.Error{
		Path: r.dir.Path(), Err: fmt.Errorf("%w: for %d %s in a row", ErrFailing, r.o.MaxFailures, entries),
		Remedy: "mend COMMAND; then qrestore --origin " + r.dir.ShuntPath() + " releases what was shunted",
	})
}

// fail ends the run, once what runs has ended.
func (r *run) fail(err error) {
	if r.failed == nil {
		r.failed = err
	}
	r.stopping = true
}

// askedToStop sees whether the caller has asked the run to stop.
func (r *run) askedToStop() bool {
	select {
	case <-r.end:
		r.stopCommands()
	case <-r.drain:
		r.stopClaiming()
	default:
	}
	return r.stopping
}

// stopClaiming is for Options.Drain. A run that is ending already does what there is
// left to do: it tells the commands to end.
func (r *run) stopClaiming() {
	if r.stopping {
		r.endCommands()
	}
	r.drain, r.stopping, r.told = nil, true, true
	if r.o.Draining != nil && r.commands.Err() == nil {
		r.o.Draining(r.running)
	}
}

// stopCommands is for the end of Run's context, which is the commands' as well.
func (r *run) stopCommands() {
	r.drain, r.end, r.stopping, r.told = nil, nil, true, true
}
