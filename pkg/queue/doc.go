// Package queue is a queue directory of GNU Mailman (its Switchboard class):
// the entries in it, and their moves between states.
//
// Open a queue with Open. Store messages with Dir.NewBatch, claim entries with
// Dir.Claims or Dir.Dequeue, and end each claim with Dir.Finish, Dir.Requeue or
// Dir.Preserve. Dir.Restore restores what a crash left in flight, and Dir.Release
// releases what was preserved or shunted. Dir.Each, Dir.List, Dir.Count and Dir.Read
// look and touch nothing. A runner goes through a queue with Dir.Pass, alone on its
// slice with Dir.LockSlice, moves what its command refuses with Claim.Shunt, and waits
// for more with Dir.Watch. Package site tells whether a Mailman works on a queue.
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
// Claim.Shunt makes an entry in flight ready in another queue, the shunt queue.
//
// # Guarantees
//
// An entry whose path was told to the caller of a Batch is on the disk, and is
// from then on in exactly one state, through kills, errors and power cuts, until
// Finish. A claim is exclusive. Nothing is ever overwritten. The bytes of a
// message never change, nor do its file's owner, group and mode. What a name
// stands for is checked on what was opened, never on the name alone: links,
// FIFOs, directories and misnamed files are left as they are.
//
// Two things take more than one step and show: an entry that moves to another
// filesystem is for a moment under both names (whoever comes next completes it), and a
// move that was made but not synced may be undone by a power cut, so that the
// entry is handled a second time.
//
// # Assumptions
//
// A rename is atomic, also across two directories of one filesystem, and
// durable once the directory of the new name has been synced: so on journalling
// filesystems with barriers on. The others who work in the directory are this
// toolkit, Mailman, and people; who can write to it can also destroy mail.
package queue
