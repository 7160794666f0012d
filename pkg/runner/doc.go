// Package runner has the entries of a queue handled, by a command or by a function.
//
// [Run] is the function you want. It locks its slice of the queue and restores the entries
// that a crash left in flight there. Then it claims entries, oldest first, and starts the
// command for each, with the message on its standard input, or calls the [Handler]. How
// that ends decides what happens to the entry:
//
//	exit 0                          finished: the entry is deleted
//	exit 75                         requeued, not tried again in this pass
//	any other status                moved to the shunt queue
//	a signal, or over the timeout   a crash: restored, counted; at the limit preserved
//	the Verdict of a Handler        as it says
//	a panic of a Handler            a crash
//
// # Guarantees
//
// A command's standard input is a file that holds the whole message before the command
// starts: the command never takes a part for the whole, whatever is killed. An entry is
// deleted only after its command has exited 0 or its Handler has said Finished, and
// Options.Outcome is told of it only once that is durable. The disk syncs while the next
// entries are handled: after a power cut, a few of the entries that were handled last are
// handled again. A run that is killed at any instant leaves nothing that needs cleaning up. An
// entry is handled once, and once more for each time that it was restored.
//
// In a directory, two runs never work on overlapping slices of one queue at a time. The
// command, and every process that it starts, inherits the lock on the claim: while any of
// them runs, nobody restores the entry, even if the runner was killed. On a server, many runs
// share a queue, and leases do what locks do in a directory: a command is killed before the
// lease of its claim ends, and on Linux when its runner dies.
//
// # Assumptions
//
// The command does not close descriptors that it does not know. If it does, only the
// runner holds the lock, for as long as the runner lives. The command stays in its process
// group: the timeout does not reach a process that leaves the group. A Handler returns soon
// after its context is done.
package runner
