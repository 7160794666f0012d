package runner

import (
	"context"
	"os"
	"time"

	"switchboard/pkg/queue"
)

// Options are the settings of [Run].
type Options struct {
	// Slice is the part of the queue to run. Zero means all of it.
	Slice queue.Slice
	// Jobs is how many commands run at a time, at least 1.
	Jobs int
	// Wait waits for more when the queue is empty, until the run is stopped.
	Wait bool
	// Timeout is how long a command may take; 0 means no limit. After that, the command's
	// process group gets SIGTERM, and SIGKILL after Grace, or after Timeout again if that
	// is shorter.
	Timeout time.Duration
	// Grace is how long a command may take to end after it was told to; 0 means 10
	// seconds.
	Grace time.Duration
	// MaxRestores is the count of restores at which an entry is preserved; 0 means no
	// limit.
	MaxRestores int
	// MaxFailures ends the run once the command has failed or crashed for that many
	// entries in a row; 0 means no limit.
	MaxFailures int
	// Keep only looks: nothing is restored, and each ready entry is handed to a command
	// once and is ready again however the command ends.
	Keep bool
	// MinAge is how long ago an entry must have been claimed for the run to restore it at
	// the start. Scripts may still be working on entries that they claimed later.
	MinAge time.Duration
	// Command is what to run.
	Command Command
	// Env is the command's environment, to which the Q_ variables are added.
	Env []string
	// TempDir is the directory for the Q_METADATA files, and for copies of messages for
	// which the queue's filesystem has no room.
	TempDir string
	// Terminal gives the command the foreground of the controlling terminal, if the run
	// has one job and the foreground.
	Terminal bool
	// Reap reaps children that are not commands of the run: as process 1, the runner gets
	// all processes that lose their parent. A process that waits for children of its own
	// must not set it.
	Reap bool
	// Stdout and Stderr are the command's standard output and error.
	Stdout, Stderr *os.File
	// Prefix puts the entry's file base before each line that the command
	// writes to Stderr.
	Prefix bool
	// Refuse is called before each pass, and once a second during one. An error means
	// that the queue must be left alone, and ends the run.
	Refuse func() error
	// Drain stops the run without ending its commands: when Drain is done, the run claims
	// nothing more. If the run is already ending after an error, Drain also ends its
	// commands. Nil means never.
	Drain context.Context
	// Draining, unless nil, is called with the number of running commands when the run
	// sees that Drain is done.
	Draining func(running int)
	// Outcome is called with what happened to an entry, once that is durable. An error
	// ends the run after the commands that are running.
	Outcome func(Outcome) error
	// Report is called with errors after which the run goes on.
	Report func(error)
}

// defaultGrace is used if Options.Grace is 0.
const defaultGrace = 10 * time.Second

// Kind is what happened to an entry.
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
	// Restored entries are ready again, and the restore was counted: the command crashed,
	// or an earlier run did.
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
	// Ran means that the command ran. It is false for an entry that an earlier run left
	// in flight and this run restored.
	Ran bool
	// Status is the command's exit status, -1 if a signal ended it or it is not known.
	Status int
	// Signal is the signal that ended the command, or nil.
	Signal os.Signal
	// TimedOut means that the command took too long.
	TimedOut bool
	// Restores is how often the entry has been restored.
	Restores int
	// Elapsed is how long the command ran.
	Elapsed time.Duration
}

// Totals counts the outcomes of a run.
type Totals struct {
	Finished, Deferred, Kept, Shunted, Restored, Preserved int
	// Waiting is how many times an entry was requeued for another run to try.
	Waiting int
	// Left means that the run was told to stop while entries were still ready.
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
