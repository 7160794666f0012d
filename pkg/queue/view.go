package queue

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
