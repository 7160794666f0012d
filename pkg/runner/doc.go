// Package runner runs a command over the entries of a queue.
//
// [Run] is the function you want. It takes the lock on its slice of the queue,
// restores what a crash left in flight there, and then claims entries oldest
// first and starts the command for each, the message on its standard input. What
// the command's end means for the entry:
//
//	exit 0                          finished: the entry is removed
//	exit 75                         requeued, not tried again in this pass
//	any other status                moved to the shunt queue
//	a signal, or over the timeout   a crash: restored, counted; at the limit preserved
//
// # Guarantees
//
// A command's standard input is a file that holds the whole message before the
// command starts: it never reads a part for the whole, whatever is killed. An entry is
// removed only after its command has exited 0. Two runs never work on overlapping
// slices of one queue at a time. The lock on a claim is shared with the command
// and with what that started: as long as any of them lives nobody restores the
// entry, even if the runner is killed. A run that is killed at any instant leaves
// nothing to clean up. An entry is handled once, and once more for each time
// that it was restored.
//
// # Assumptions
//
// The command does not close descriptors that it does not know. For one that does, the
// runner still holds the lock, for as long as the runner lives. The command stays in its
// process group: the timeout does not reach what leaves it.
package runner
