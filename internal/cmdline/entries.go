package cmdline

import (
	"errors"

	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

// Read opens an entry in the state that its operand names. If it names none, Read opens
// the entry in whatever state it is.
func (q *Queues) Read(o Operand) (*queue.Entry, error) {
	states := []queue.State{o.State}
	if o.State == queue.Stray {
		states = []queue.State{queue.InFlight, queue.Ready, queue.Preserved}
	}
	var failed error
	for _, state := range states {
		err := o.Dir.Look(o.ID, state)
		var e *queue.Entry
		if err == nil {
			e, err = o.Dir.Read(o.ID, state)
		}
		if e != nil {
			return e, err
		}
		if failed == nil && (!errors.Is(err, queue.ErrState) || len(states) == 1) {
			failed = err
		}
	}
	if failed == nil {
		failed = &queue.Error{Path: o.Path, Err: noEntry{queue.ErrState}}
	}
	return nil, failed
}

// noEntry is the ErrState of an entry that is in no state.
type noEntry struct{ error }

func (noEntry) Error() string   { return "no such entry" }
func (e noEntry) Unwrap() error { return e.error }

// ReadFile opens the file that an operand names: an entry, with or without its
// extension, or a file whose extension is an entry's but whose name is not.
func (q *Queues) ReadFile(path string) (*queue.Entry, error) {
	if !EntryName(path) && queue.StateOfExt(path) != queue.Stray {
		dir, name := splitPath(path)
		d, _, err := q.openAt(dir)
		if err != nil {
			return nil, err
		}
		return d.ReadFile(name)
	}
	o, err := q.Entry(path)
	if err != nil {
		return nil, err
	}
	return q.Read(o)
}

// ReadMessage is [Queues.ReadFile], but the metadata may be missing.
func (q *Queues) ReadMessage(path string) (*queue.Entry, error) {
	e, err := q.ReadFile(path)
	if e == nil || !errors.Is(err, message.ErrNoMetadata) {
		return e, err
	}
	if e.Content, err = message.ReadMessage(e.ReaderAt(), e.Info.Size()); err != nil {
		err = &queue.Error{Path: e.Path(), Err: err}
	}
	return e, err
}
