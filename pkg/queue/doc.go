// Package queue is a queue directory of GNU Mailman (its Switchboard class):
// the entries in it, and their moves between states.
//
// Open a queue with [Open] or [Create]. Store messages with [Dir.NewBatch], claim entries
// with [Dir.Claims] or [Dir.Dequeue], and end each claim with [Dir.Finish], [Dir.Requeue]
// or [Dir.Preserve]. [Dir.Restore] restores entries that a crash left in flight, and
// [Dir.Release] releases preserved or shunted entries. [Dir.Move] moves entries that nobody
// has claimed to another queue, and [Dir.Discard] deletes them. [Dir.Each], [Dir.List],
// [Dir.Count] and [Dir.Read] only read. A runner locks its slice of the queue with
// [Dir.LockSlice], goes through the queue with [Dir.Pass], moves entries that its command
// refuses with [Claim.Shunt] and those to be tried again later with [Claim.Retry], and waits
// for more with [Dir.Watch]. While a handler works on a claim, [Claim.Note] notes how far it
// is, [Claim.Split] stores what is refused in part, and [Claim.Notice] a message about it.
// Package site finds out whether a Mailman works on a queue.
//
//	               Batch              Claims, Dequeue             Finish
//	message ─────────────────▶ ready ─────────────────▶ in flight ─────────▶ gone
//	           .pck.tmp         .pck ◀─────────────────   .bak
//	                              ▲    Restore, Requeue     │
//	                              │                         │ Preserve, and Restore
//	                              │        Release          ▼ at the limit
//	                              └───────────────────── preserved
//	                                                   .psv, in the bad queue
//
// Claim.Shunt and Claim.Retry make an entry in flight ready in another queue, the shunt queue
// or the retry queue. Move makes a ready or preserved one ready in any other queue.
//
// # Guarantees
//
// Once a [Batch] has told its caller the path of an entry, the entry is on the disk. From
// then on it is in exactly one state, through kills, errors and power cuts, until Finish or
// Discard. A claim is exclusive. No file is ever overwritten. The bytes of a message never
// change, nor do its file's owner, group and mode; but if a file moves to a queue whose owner
// could not read it, root gives it to that owner. The type of a file is checked after it was
// opened, never by its name alone: links, FIFOs, directories and misnamed files are left as
// they are.
//
// There are two exceptions. An entry that moves to another filesystem has both names for
// a moment; after a crash then, the next process that meets the entry completes the move.
// And a power cut may undo a move that was not synced; the entry is then handled a second
// time.
//
// # Assumptions
//
// A rename is atomic, even between two directories of one filesystem, and durable once
// the directory of the new name has been synced. Journalling filesystems with barriers
// promise this. Only this toolkit, Mailman and people work in the directory. Anyone who
// can write to it can also destroy mail.
package queue
