package runner

import (
	"errors"
	"fmt"

	"switchboard/pkg/queue"
)

// ErrFailing is that the command fails for one entry after the other: it is more
// likely to be broken than all of them.
var ErrFailing = errors.New("COMMAND keeps failing")

// failures counts entries in a row whose command has failed or crashed. One that is
// tried again counts once.
type failures struct {
	most int
	row  map[queue.ID]bool
}

// add counts an entry, and says whether there have been too many.
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

// end ends the row: a command did not fail.
func (f *failures) end() { clear(f.row) }

// failing ends the run when the command has failed for too many entries. What the
// failures did to their entries stays as it is.
func (r *run) failing(id queue.ID) {
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
