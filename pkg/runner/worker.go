package runner

import (
	"context"
	"time"

	"switchboard/pkg/queue"
)

// worker handles claimed entries. The rest of a run is the same for all workers.
type worker interface {
	// name is what messages call the worker.
	name() string
	// begin is called before the first entry is handled, and end after the last one.
	begin() (end func())
	// handle handles an entry on a goroutine of its own. When ctx is done, it must end soon.
	handle(ctx context.Context, claim *queue.Claim, next Next) ended
}

// result is the end of the handling of one entry.
type result struct {
	*upcoming
	ended ended
	// next is the entry that was offered to the Handler meanwhile, or nil.
	next *upcoming
}

// task is an entry to handle, and the one that is offered to the Handler meanwhile, or nil.
type task struct{ entry, next *upcoming }

// work handles one entry after the other. A goroutine for each would have to grow its stack for
// each.
func (r *run) work() {
	for t := range r.tasks {
		r.results <- result{t.entry, r.worker.handle(r.working, t.entry.claim, t.next.next), t.next}
	}
}

// ended is how the handling of an entry ended.
type ended interface {
	// judge says what becomes of the entry. It is called on the goroutine of the run.
	judge(r *run) judgement
}

// judgement is what becomes of an entry, and what Options.Outcome gets to know of it. Its
// Kind may also be Kept.
type judgement struct {
	Verdict
	// notBegun is why the worker could not begin with the entry.
	notBegun error
	exit     *Exit
	elapsed  time.Duration
	// interrupted means that a person stopped the run by its worker.
	interrupted bool
	// atOnce means that the outcome must be told before the next entry is handled.
	atOnce bool
}
