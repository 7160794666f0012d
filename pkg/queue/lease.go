package queue

import "time"

// Leaser is a [Queue] whose claims can have leases: a claim ends by itself unless its claimer
// extends it.
type Leaser interface {
	Queue
	// HoldLeases gives the claims that follow a lease, which the queue extends until they
	// end or are closed. It returns how long a lease lasts without that.
	HoldLeases() time.Duration
	// Stopping says that the worker was told to stop. From then on the end of a claim is tried
	// for as long as anything else is, and not until its lease ends. It may be called by any
	// goroutine.
	Stopping()
	// RestoreEnded restores as Restore does, but only entries whose lease has ended.
	RestoreEnded(o RestoreOptions, done func(Outcome, error)) error
}

// Holder is a [Queue] that knows who has claimed an entry.
type Holder interface {
	Queue
	// HeldBy returns who has claimed an entry, for people, and until when the claim lasts, which
	// is zero for a claim without a lease.
	HeldBy(id ID) (claimer string, until time.Time, err error)
}
