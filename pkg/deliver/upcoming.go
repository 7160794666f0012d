package deliver

import (
	"switchboard/pkg/deliver/internal/wire"
	"switchboard/pkg/queue"
	"switchboard/pkg/runner"
)

// The commands for the next entry go to the server with the end of the message of this one, if the
// next one is claimed already: see client.Mail.Next. The message of the next one still follows only
// after the runner has finished this one, so a kill repeats no more than without that.

// upcoming returns a function that returns the next entry, prepared for a connection whose
// transactions have at most limit recipients, or nil if there is none that is simple enough. next
// may be nil.
func (e *entry) upcoming(next runner.Next) func(limit int) *entry {
	var prepared *entry
	return func(limit int) *entry {
		if next != nil {
			if claim := next(); claim != nil {
				prepared = e.Deliverer.prepare(claim, limit)
			}
			next = nil
		}
		return prepared
	}
}

// prepare opens an entry before Handle is called with it. It returns nil if there is nothing to
// send, or if it takes long to read, because a server waits meanwhile.
func (d *Deliverer) prepare(claim *queue.Claim, limit int) (e *entry) {
	// Handle will panic again, and then the right entry has crashed.
	defer func() {
		if recover() != nil {
			e = nil
		}
	}()
	if !wire.Short(claim.Content) {
		return nil
	}
	e, _ = d.open(claim)
	if e == nil || e.attempt.left() == 0 || e.attempt.left() > d.connections.limit || e.read() != nil {
		return nil
	}
	e.first = new(e.delivery.message(e.attempt.next(limit)))
	return e
}
