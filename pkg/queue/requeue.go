package queue

// Requeue makes an entry in flight ready again without counting a restore. This is durable
// after Sync. If a crash interrupted the entry's move to another queue, Requeue completes
// that move, because otherwise there would be two messages, and returns ErrState.
func (d *Dir) Requeue(id ID) (err error) {
	d.carryOut(nil, []ID{id}, &request{verb: requeues, from: InFlight, named: true}, func(o Outcome, failed error) {
		if err = failed; err == nil && o.Interrupted {
			err = firstError(d.Sync(), &Error{Path: o.From, Err: movedOn{o.To}})
		}
	})
	return err
}

// requeue requeues a claimed entry. It does not look for an interrupted move, because the
// claim has done that.
func (d *Dir) requeue(id ID) error { return d.move(id, InFlight, d, Ready) }

// planRequeue changes nothing but the name.
func planRequeue() plan { return plan{as: Ready} }
