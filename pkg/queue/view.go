package queue

import "iter"

// Remote is a [Queue] on a server, which takes many entries in one round trip.
type Remote interface {
	Queue
	// CanClaimEntries returns the errors of CanClaim for those entries that have one.
	CanClaimEntries(ids []ID) map[ID]error
	// DequeueEntries claims entries as Dequeue does, in the order of ids. The error of an entry
	// is a *[ClaimError]; errors come first. If the caller stops, it gives back the others.
	DequeueEntries(ids []ID) iter.Seq2[*Claim, error]
}

// View is a [Queue] on a server that has claims of entries, each of which names one claim of
// its entry: an entry is in flight there only as long as that claim lasts.
type View interface {
	Queue
	// AddView adds the claims of another view. It returns false, and adds nothing, if other is
	// not a view of the same queue, or if both have a claim of one entry.
	AddView(other Queue) bool
	// EndEntries finishes entries or, if requeue, requeues them, as Finish and Requeue do, many
	// in one round trip. It calls done with the outcome of each, in the order of ids, once that
	// is durable.
	EndEntries(ids []ID, requeue bool, done func(Outcome, error))
}
