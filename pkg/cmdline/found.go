package cmdline

import (
	"errors"
	"os"
	"path/filepath"

	"switchboard/pkg/queue"
)

// Look says why an operand does not name an entry in state want: with the state that
// the entry is in, and with the name that was typed.
func (o Operand) Look(want queue.State) error { return o.Explain(o.Dir.Look(o.ID, want), want) }

// Explain words an error of an operation that needs the entry in state want, if it is
// that the entry is not in that state.
func (o Operand) Explain(err error, want queue.State) error {
	if _, one := err.(*queue.Error); !one || !errors.Is(err, queue.ErrState) {
		return err // of several, none must get lost
	}
	e := &queue.Error{Path: o.Path, Err: queue.Cause(err)}
	for _, state := range []queue.State{queue.Ready, queue.InFlight, queue.Preserved} {
		if state != want && o.Dir.Has(o.ID, state) {
			e.Err = otherState{state, want}
			break
		}
	}
	if want == queue.InFlight && o.Dir.Has(o.ID, queue.Ready) && o.shunted() {
		e.Remedy = "it was shunted: qrestore --origin returns it to the queue that it came from"
	}
	return e
}

// shunted says whether a ready entry notes that it came from another queue. One that
// was preserved and released notes the queue that it is in.
func (o Operand) shunted() bool {
	e, err := o.Dir.Read(o.ID, queue.Ready)
	if e == nil {
		return false
	}
	defer e.Close()
	if err != nil {
		return false
	}
	which := e.Content.WhichQueue()
	here, err := filepath.Abs(o.Dir.Path())
	return which != "" && (err != nil || filepath.Base(which) != filepath.Base(here))
}

// otherState is ErrState of an entry that is in another state.
type otherState struct{ is, want queue.State }

func (e otherState) Error() string {
	return "is " + inWords[e.is] + ", not " + inWords[e.want]
}
func (otherState) Is(target error) bool { return target == queue.ErrState }

var inWords = map[queue.State]string{queue.Ready: "ready", queue.InFlight: "claimed", queue.Preserved: "preserved"}

// notEntry says what an operand is that is not named like an entry.
func notEntry(path string) error {
	err := &queue.Error{Path: path, Err: notNamed("is not the name of an entry"), Remedy: entryForm}
	if st, statErr := os.Stat(path); statErr == nil && st.IsDir() {
		err.Err = notNamed("is a directory, not an entry")
		err.Remedy = "qstat -e prints the paths of the entries in a queue"
	}
	return err
}

// entryForm is the remedy where a name is not an entry's.
const entryForm = "an entry is named TIME+DIGEST, and .pck, .bak or .psv may follow"

// notNamed is ErrStray of a name alone.
type notNamed string

func (e notNamed) Error() string        { return string(e) }
func (e notNamed) Is(target error) bool { return target == queue.ErrStray }
