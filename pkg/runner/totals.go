package runner

import (
	"os"
	"time"

	"switchboard/pkg/queue"
)

// Kind is what happened to an entry.
type Kind string

const (
	// Finished entries are deleted: the command exited 0, or the Handler is done with them.
	Finished Kind = "finished"
	// Deferred entries were requeued: the command exited 75, the Handler could do nothing
	// with them now, or both were stopped with the run.
	Deferred Kind = "deferred"
	// Retried entries were moved to the retry queue. Only a Handler does that.
	Retried Kind = "retried"
	// Kept entries were requeued by a run that only looks.
	Kept Kind = "kept"
	// Shunted entries were moved to the shunt queue: the command failed, or the Handler says
	// that it always will.
	Shunted Kind = "shunted"
	// Restored entries are ready again, and the restore was counted: the command or the
	// Handler crashed, or an earlier run did.
	Restored Kind = "restored"
	// Preserved entries are in the bad queue: unreadable, or restored too often.
	Preserved Kind = "preserved"
)

// Outcome is what happened to one entry.
type Outcome struct {
	ID   queue.ID
	Kind Kind
	// From is the entry's path in flight. To is its new path, or "" if it is finished.
	From, To string
	// Why is the reason, for people.
	Why string
	// Ran means that the entry was handled. It is false for an entry that an earlier run
	// left in flight and this run restored.
	Ran bool
	// Exit is how the command ended, nil if none ran.
	Exit *Exit
	// Restores is how often the entry has been restored.
	Restores int
	// Elapsed is how long the entry was handled.
	Elapsed time.Duration
	// Detail is that of the Handler's Verdict.
	Detail any
}

// Exit is how a command ended.
type Exit struct {
	// Status is the exit status, -1 if a signal ended the command or it is not known.
	Status int
	// Signal is the signal that ended the command, or nil.
	Signal os.Signal
	// TimedOut means that the command took too long.
	TimedOut bool
}

// Totals counts the outcomes of a run.
type Totals struct {
	Finished, Deferred, Retried, Kept, Shunted, Restored, Preserved int
	// Waiting is how many times an entry was requeued for another run to try.
	Waiting int
	// Left means that the run was stopped while entries were still ready.
	Left bool
}

func (t *Totals) add(k Kind) {
	switch k {
	case Finished:
		t.Finished++
	case Deferred:
		t.Deferred++
	case Retried:
		t.Retried++
	case Kept:
		t.Kept++
	case Shunted:
		t.Shunted++
	case Restored:
		t.Restored++
	case Preserved:
		t.Preserved++
	}
}
