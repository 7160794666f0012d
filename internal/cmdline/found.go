package cmdline

import (
	"errors"
	"os"
	"path/filepath"

	"switchboard/pkg/config"
	"switchboard/pkg/queue"
)

// Look returns an error if an operand does not name an entry in state want. The error
// has the state that the entry is in, and the name that was typed.
func (o Operand) Look(want queue.State) error { return o.Explain(o.Dir.Look(o.ID, want), want) }

// Explain rewords an error of an operation that needs the entry in state want, if the
// reason is that the entry is in another state.
func (o Operand) Explain(err error, want queue.State) error {
	if _, one := err.(*queue.Error); !one || !errors.Is(err, queue.ErrState) {
		return err // rewording joined errors would lose some
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

// shunted reports whether a ready entry was shunted: its metadata names another queue as
// its origin. If an entry was preserved and released, its metadata names the queue that it
// is in.
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
	return which != "" && filepath.Base(which) != QueueName(o.Dir.Path())
}

// QueueName returns the name of the queue at path: what whichq says of its entries.
func QueueName(path string) string {
	if scheme := config.Scheme(path); scheme != "" {
		return path[len(scheme)+1:]
	}
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	return filepath.Base(path)
}

// otherState is the ErrState of an entry that is in another state.
type otherState struct{ is, want queue.State }

func (e otherState) Error() string {
	return "is " + inWords[e.is] + ", not " + inWords[e.want]
}
func (otherState) Is(target error) bool { return target == queue.ErrState }

var inWords = map[queue.State]string{queue.Ready: "ready", queue.InFlight: "claimed", queue.Preserved: "preserved"}

// notEntry is the error for an operand that is not named like an entry.
func notEntry(path string) error {
	err := &queue.Error{Path: path, Err: notNamed("is not the name of an entry"), Remedy: entryForm}
	if st, statErr := os.Stat(path); config.Scheme(path) == "" && statErr == nil && st.IsDir() {
		err.Err = notNamed("is a directory, not an entry")
		err.Remedy = "qstat -e prints the paths of the entries in a queue"
	}
	return err
}

// entryForm is the remedy for a name that is not an entry's.
const entryForm = "an entry is named TIME+DIGEST, and .pck, .bak or .psv may follow"

// notNamed is the ErrStray of a file that nobody has looked at: its name is wrong.
type notNamed string

func (e notNamed) Error() string        { return string(e) }
func (e notNamed) Is(target error) bool { return target == queue.ErrStray }
