package runner

import (
	"context"
	"errors"
	"time"

	"switchboard/pkg/queue"
)

// run is a Run at work. One goroutine has it; what the others have to say comes through
// its channels.
type run struct {
	o   Options
	dir *queue.Dir
	Totals
	children children
	// terminal is the controlling terminal, nil if the run has none.
	terminal *terminal
	// failures counts entries in a row whose command failed or crashed.
	failures failures
	// schedule says which entries are left alone, and until when.
	schedule schedule
	// held are entries in flight that could not be restored: the command of a runner
	// that was killed lives on and has their lock.
	held map[queue.ID]bool
	// lockedSince says since when a ready entry has been found locked.
	lockedSince map[queue.ID]time.Time
	// running is how many commands run whose end has not been taken from results.
	running int
	results chan result
	// claimed says that this pass has claimed an entry.
	claimed bool
	// retry says that this pass has found an entry locked that should not be for long.
	retry bool
	// asked is when Options.Refuse was asked last.
	asked time.Time
	// errs counts entries in a row whose command could not begin.
	errs int
	// failed is the error that ends the run.
	failed error
	// stopping says that nothing more is claimed, told that somebody asked for it.
	stopping, told bool
	// drain and end are closed when the caller asks for one or the other. They are nil
	// once the run knows.
	drain, end <-chan struct{}
	// commands is done when the commands that run are told to end.
	commands    context.Context
	endCommands context.CancelFunc
}

// Run runs o.Command for the entries of dir until there are none, or for ever, or until
// it is stopped. There are two ways to stop it, both without an error. When o.Drain is
// done nothing more is claimed, and Run returns when the commands that run have ended.
// When ctx is done these are told to end as well, and what they worked on is requeued.
//
// The error is what ended the run early: ErrBusy when another run has an overlapping
// slice, a *CommandError when the command cannot be run, in which case the entry was
// requeued, o.Refuse's, or the disk's. dir is Run's until it returns.
func Run(ctx context.Context, dir *queue.Dir, o Options) (Totals, error) {
	if o.Grace == 0 {
		o.Grace = defaultGrace
	}
	r := &run{
		o: o, dir: dir,
		children: children{commands: map[int]bool{}, reaps: o.Reap}, failures: failures{most: o.MaxFailures},
		schedule: schedule{forever: !o.Wait},
		held:     map[queue.ID]bool{}, lockedSince: map[queue.ID]time.Time{},
		results: make(chan result, o.Jobs), end: ctx.Done(),
	}
	if o.Drain != nil {
		r.drain = o.Drain.Done()
	}
	r.commands, r.endCommands = context.WithCancel(ctx)
	defer r.endCommands()
	if r.refused() {
		return r.Totals, r.failed
	}
	// To run a command first, and find that its entry cannot go where it belongs,
	// would count as a crash.
	if err := r.canShunt(); err != nil {
		return r.Totals, err
	}
	if err := r.lockSlice(); err != nil {
		return r.Totals, err
	}
	var changes <-chan error
	if o.Wait {
		// The watch begins before the first look: what comes in between is seen.
		watching, stop := context.WithCancel(context.WithoutCancel(ctx))
		defer stop()
		changes = follow(watching, dir.Watch())
	}
	defer r.children.follow()()
	if o.Terminal && o.Jobs == 1 {
		r.terminal = openTerminal()
		defer r.terminal.close()
	}
	if !o.Keep {
		r.restore()
	}
	for r.pass(); r.await(changes); r.pass() {
		r.refused()
	}
	r.Left = r.told && r.left()
	return r.Totals, errors.Join(r.failed, dir.Sync())
}

// canShunt says whether entries can go to the shunt queue, if any will.
func (r *run) canShunt() error {
	if r.o.Keep {
		return nil
	}
	return r.dir.CanShunt()
}

// left says whether there are entries that the run was told to leave to another one.
func (r *run) left() bool {
	inside := r.o.Slice.Filter()
	for f, err := range r.dir.Each() {
		if err != nil || f.State == queue.Ready && inside(f.ID) && !(r.o.Keep && r.schedule.skip(f.ID, time.Now())) {
			return true
		}
	}
	return false
}

// passing is how long a process may hold a slice that is not a run: a qrestore that cron
// starts in the same second, for example.
const passing = time.Second

// lockSlice locks the slice. A process that holds it for longer than a moment is another
// run.
func (r *run) lockSlice() error {
	for began := time.Now(); ; {
		err := r.dir.LockSlice(r.o.Slice, true)
		if !errors.Is(err, queue.ErrBusy) || time.Since(began) >= passing {
			return err
		}
		select {
		case <-r.drain:
			return err
		case <-r.end:
			return err
		case <-time.After(passing / 50):
		}
	}
}

// follow reports changes of the queue until ctx is done. The goroutine that waits closes
// the watch: its descriptor must not become another file's while it does.
func follow(ctx context.Context, watch *queue.Watch) <-chan error {
	changes := make(chan error)
	go func() {
		defer watch.Close()
		for {
			err := watch.Wait(ctx)
			select {
			case changes <- err:
			case <-ctx.Done():
				return
			}
		}
	}()
	return changes
}
