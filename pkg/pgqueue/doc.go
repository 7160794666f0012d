// Package pgqueue is a queue in a PostgreSQL database, for several machines that store and
// several that handle. It is the same queue as the directory of package queue: the same
// states, moves, counts and errors, and the same two pickles for each entry.
//
// Open the database with [Open] and a queue in it with [Server.Queue]. What a [Queue] does is
// described where package queue describes the method of that name. What is different:
//
//   - A claim has a generation, a number that no other claim has. It is part of the claim's
//     path, pg:out/BASE.bak@7. [Queue.View] opens the queue of such a path: its Finish,
//     Requeue and PreserveEntries refuse an entry that was restored and claimed again since.
//   - After [Queue.HoldLeases], claims have a lease on the server's clock, which the Queue
//     extends until they end. If it cannot be extended, [queue.Held.Lost] is closed before it
//     ends. Others restore an entry when its lease has ended, and not before. A claim without
//     a lease is restored by whoever restores.
//   - LockSlice excludes nobody: many workers share a queue.
//   - An entry may be claimed before an older one for a few seconds: see bound.
//
// # Guarantees
//
// What is stored, restored, moved or discarded is durable when it is told, as the durability
// of the configuration says. A claim is durable before it is yielded: a failover does not make
// the entry ready again while somebody works on it. Finish and Requeue of a claim are durable
// after Sync, those of a View when they return.
// An error of a commit whose outcome is unknown matches [queue.ErrUnknown].
//
// # Assumptions
//
// The clocks of the servers agree to within a few seconds: the one that takes over judges the
// leases that the other gave. Only this toolkit changes the tables.
package pgqueue
