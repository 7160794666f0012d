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
	// Jobs is how many entries are handled at a time, at least 1.
	Jobs int
	// Only, unless nil, has the entries to handle, each once. Such a run restores nothing,
	// locks no slice and does not wait: other runs may be at work on the queue. An entry
	// that is not ready is reported.
	Only []queue.ID
	// Wait waits for more when the queue is empty, until the run is stopped.
	Wait bool
	// MaxRestores is the count of restores at which an entry is preserved; 0 means no
	// limit.
	MaxRestores int
	// MaxFailures ends the run once that many entries in a row were shunted, or crashed
	// the command or the Handler; 0 means no limit.
	MaxFailures int
	// Keep only looks: nothing is restored, and each ready entry is handled once and is
	// ready again however that ends.
	Keep bool
	// MinAge is how long ago an entry must have been claimed for the run to restore it at
	// the start. Scripts may still be working on entries that they claimed later.
	MinAge time.Duration
	// Feed, unless nil, is called before each pass through the queue, and may move entries
	// into it. If the run waits, it is called again after next, unless that is 0. An
	// error ends the run. Feed is called often: each new entry causes a pass.
	Feed func() (next time.Duration, err error)
	// Refuse is called before each pass, and once a second during one. An error means
	// that the queue must be left alone, and ends the run.
	Refuse func() error
	// Drain stops the run and lets what is being handled end: when Drain is done, the run
	// claims nothing more. If the run is already ending by itself, Drain does what the
	// context of Run does. Nil means never.
	Drain context.Context
	// Draining, unless nil, is called with the number of entries that are being handled
	// when the run sees that Drain is done.
	Draining func(running int)
	// Outcome is called with what happened to an entry, once that is durable. An error
	// ends the run after what is being handled.
	Outcome func(Outcome) error
	// Report is called with errors after which the run goes on.
	Report func(error)
	// Outage is called when a run that waits begins to wait for the server of its queue, with
	// why, and when the server answers again. Neither is a failure of the run. If it is nil,
	// Report is called.
	Outage func(error)

	// Handler handles each entry. If it is nil, Command does, with the options that follow.
	Handler Handler
	// Command is what to run.
	Command Command
	// Timeout is how long a command may take; 0 means no limit. After that, the command's
	// process group gets SIGTERM, and SIGKILL after Grace, or after Timeout again if that
	// is shorter.
	Timeout time.Duration
	// Grace is how long a command may take to end after it was told to; 0 means 10
	// seconds.
	Grace time.Duration
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
}

// defaultGrace is used if Options.Grace is 0.
const defaultGrace = 10 * time.Second
