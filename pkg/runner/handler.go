package runner

import (
	"context"
	"time"

	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

// Handler is a function that handles one claimed entry and says what becomes of it. It
// leaves the claim open, and its entry in flight: the run does what the verdict says. next may
// name the entry that comes after it: see [Next].
//
// Each call has a goroutine of its own, and the run uses the queue meanwhile: it claims the
// next entry, and finishes others. ctx is done when the run must end. The handler
// then returns soon; what it has done is still as its verdict says.
//
// A handler that panics has crashed on the entry, as a command that is killed by a signal:
// the entry is restored and counted, and preserved at the limit, and the run goes on with
// the others. A message on which every handler panics would otherwise end every run, and
// each time the restores of the entries that are handled beside it would be counted as
// well. What the panic leaves locked or half changed is the handler's to clean up, in
// deferred functions.
type Handler func(ctx context.Context, claim *queue.Claim, next Next) Verdict

// Next returns the claim of the entry that the job of a [Handler] will go on with, or nil if that
// is not known. Until the Handler returns, it may read that entry, and nobody else does. It may
// prepare what does no harm if it never comes to that: a run that stops or pauses requeues the
// entry instead. The Handler is called for the entry once the verdict on the one before was
// carried out. A second call returns nil.
type Next func() *queue.Claim

// Verdict is what becomes of an entry that a [Handler] has handled. The zero Verdict
// requeues it.
type Verdict struct {
	// Kind is Finished, Deferred, Shunted, Retried, Restored for an entry on which the
	// handler failed in a way that must not repeat for ever, or Preserved for one that
	// cannot be handled at all. "" is Deferred.
	Kind Kind
	// Why is the reason, for people.
	Why string
	// Set is the metadata that a Shunted or Retried entry gets.
	Set []message.Setting
	// Before, unless nil, is called with the claim before the entry is finished, requeued or
	// moved, on the goroutine that uses the queue. If it fails, its error is reported, and
	// the entry is requeued. Unlike the handler, it may do anything with the claim that is
	// durable when it returns and leaves the entry in flight.
	Before func(*queue.Claim) error
	// Until is when a Deferred entry may be tried again. If it has passed or is zero, the
	// entry is left alone for a while, longer each time. A run that does not wait tries no
	// entry twice.
	Until time.Time
	// Pause, unless it is 0, is how long the run claims nothing, because it would go the
	// same way with every entry. The running handlers go on. Then the run begins again
	// with the oldest entry, also if that is this one, and with others once that has ended
	// without a Pause. A run that does not wait ends.
	Pause time.Duration
	// Err ends the run after the running handlers. With the Kind "", the entry is requeued
	// and has no Outcome. If Err is message.ErrMalformed, the entry is preserved, and the
	// run goes on.
	Err error
	// Detail becomes the Detail of the Outcome.
	Detail any
}
