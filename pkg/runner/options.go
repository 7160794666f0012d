package runner

import (
	"context"
	"os"
	"time"

	"switchboard/pkg/queue"
)

// Options say what Run is to do.
type Options struct {
	// Slice is the part of the queue that is run, zero for all of it.
	Slice queue.Slice
	// Jobs is how many commands run at a time, at least 1.
	Jobs int
	// Wait waits for more when the queue is empty, until the run is stopped.
	Wait bool
	// Timeout is how long a command may take; 0 is no limit. After it, the command's
	// process group gets SIGTERM, and SIGKILL after Grace, or after Timeout again if that
	// is shorter.
	Timeout time.Duration
	// Grace is how long a command may take to end when it is told to; 0 is
	// 10 seconds.
	Grace time.Duration
	// MaxRestores is the count of restores at which an entry is preserved; 0 is
	// never.
	MaxRestores int
	// MaxFailures is for how many entries in a row the command may fail or crash before
	// the run ends; 0 is no limit.
	MaxFailures int
	// Keep only looks: nothing is restored, and each ready entry is handed to a
	// command once and is ready again whatever becomes of that.
	Keep bool
	// MinAge is how long ago an entry must have been claimed to be restored when the run
	// begins: scripts beside the run may be at work on younger ones.
	MinAge time.Duration
	// Command is what to run.
	Command Command
	// Env is the command's environment, to which the Q_ variables are added.
	Env []string
	// TempDir is the directory for the Q_METADATA files, and for copies of messages that
	// have no room elsewhere.
	TempDir string
	// Terminal gives the command the foreground of the controlling terminal, if the run
	// has one job and the foreground.
	Terminal bool
	// Reap reaps children that are not commands of the run: a process 1 gets all that
	// lose their parent. A process that waits for children of its own must not set it.
	Reap bool
	// Stdout and Stderr are the command's.
	Stdout, Stderr *os.File
	// Prefix puts the entry's file base before each line that the command
	// writes to Stderr.
	Prefix bool
	// Refuse is called before each pass, and once a second during one. Its error says
	// that the queue is to be left alone, and ends the run.
	Refuse func() error
	// Drain stops the run without ending its commands: when it is done nothing more
	// is claimed. A run that was ending already, after an error, ends its commands
	// then. Nil is never done.
	Drain context.Context
	// Draining is called when the run learns that Drain is done, with the number of
	// commands that run; or nil.
	Draining func(running int)
	// Outcome is called with what became of an entry, once that is durable. Its error
	// ends the run after the commands that run.
	Outcome func(Outcome) error
	// Report is called with errors after which the run goes on.
	Report func(error)
}

// defaultGrace is what Options.Grace 0 stands for.
const defaultGrace = 10 * time.Second

// Kind is what became of an entry.
type Kind string

const (
	// Finished entries are deleted: the command exited 0.
	Finished Kind = "finished"
	// Deferred entries were requeued: the command exited 75, or was stopped with
	// the run.
	Deferred Kind = "deferred"
	// Kept entries were requeued by a run that only looks.
	Kept Kind = "kept"
	// Shunted entries were moved to the shunt queue: the command failed.
	Shunted Kind = "shunted"
	// Restored entries are ready again, and that is counted: the command crashed, or an
	// earlier run did.
	Restored Kind = "restored"
	// Preserved entries are in the bad queue: unreadable, or restored too often.
	Preserved Kind = "preserved"
)

// Outcome is what became of one entry.
type Outcome struct {
	ID   queue.ID
	Kind Kind
	// From and To are its path in flight and its new one, "" when finished.
	From, To string
	// Why is the reason, for people.
	Why string
	// Ran says that the command ran. It did not for an entry that an earlier run left in
	// flight when it crashed.
	Ran bool
	// Status is the command's exit status, -1 if a signal ended it or it is not known.
	Status int
	// Signal is the signal that ended the command, or nil.
	Signal os.Signal
	// TimedOut says that the command took too long.
	TimedOut bool
	// Restores is how often the entry has been restored.
	Restores int
	// Elapsed is how long the command ran.
	Elapsed time.Duration
}

// Totals are the numbers of a run's outcomes.
type Totals struct {
	Finished, Deferred, Kept, Shunted, Restored, Preserved int
	// Waiting is how many times an entry was requeued for another run to try.
	Waiting int
	// Left says that the run was told to stop and left entries that are ready.
	Left bool
}

func (t *Totals) add(k Kind) {
	switch k {
	case Finished:
		t.Finished++
	case Deferred:
		t.Deferred++
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
