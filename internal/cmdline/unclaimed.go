package cmdline

import "switchboard/pkg/queue"

// UnclaimedStates are the states of the entries that nobody has claimed.
var UnclaimedStates = States{
	All: []queue.State{queue.Ready, queue.Preserved}, Any: []queue.State{queue.Ready, queue.Preserved},
	Usage: "in `STATE`: ready (default), preserved, or any", Why: ": nobody else may take what is in flight",
}

// Unclaimed reads an ENTRY operand, as [Queues.Entry] does, and finds out whether the entry
// is ready or preserved. It returns an error if the entry is in neither state, unless only a
// server knows: see [Operand.LookHere]. An operand without an extension means either; if there
// are both, that is a conflict.
func (q *Queues) Unclaimed(operand string) (Operand, error) {
	o, err := q.Entry(operand)
	if err == nil {
		o.State, err = o.unclaimed()
	}
	return o, err
}

func (o Operand) unclaimed() (queue.State, error) {
	switch o.State {
	case queue.Preserved:
		return queue.Preserved, o.LookHere(queue.Preserved)
	case queue.InFlight:
		if err := o.Look(queue.InFlight); err != nil {
			return 0, err
		}
		return 0, &queue.Error{Path: o.Path, Err: otherState{queue.InFlight, queue.Ready}, Remedy: "qfinish and qrestore end a claim"}
	case queue.Temporary:
		return 0, &queue.Error{Path: o.Path, Err: notNamed("is a temporary file, not an entry")}
	case queue.Stray:
		if !o.Dir.Has(o.ID, queue.Preserved) {
			break
		}
		if o.Dir.Has(o.ID, queue.Ready) {
			return 0, &queue.Error{Path: o.Path, Err: queue.ErrConflict, Remedy: "there is a .pck and a .psv: name one of them"}
		}
		return queue.Preserved, o.LookHere(queue.Preserved)
	}
	return queue.Ready, o.LookHere(queue.Ready)
}
