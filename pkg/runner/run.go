package runner

import (
	"context"
	"errors"
	"time"

	"switchboard/pkg/queue"
)

// run is the state of one call of Run. Only one goroutine uses it. The others send their
// results through channels.
type run struct {
	o   Options
	dir *queue.Dir
	Totals
	children children
	// terminal is the controlling terminal, nil if the run has none.
	terminal *terminal
	// failures counts entries in a row whose command failed or crashed.
	failures failures
	// schedule holds which entries are left alone, and until when.
	schedule schedule
	// held has the entries in flight that could not be restored, because the command of a
	// killed runner still runs and has their lock.
	held map[queue.ID]bool
	// lockedSince has the time at which a ready entry was first found locked.
	lockedSince map[queue.ID]time.Time
	// running is the number of commands whose result has not been received from results.
	running int
	results chan result
	untold  untold
	// unsynced means that a sync has failed.
	unsynced bool
	// claimed means that this pass has claimed an entry.
	claimed bool
	// retry means that this pass has found an entry whose lock will probably be released
	// soon.
	retry bool
	// asked is when Options.Refuse was asked last.
	asked time.Time
	// errs counts entries in a row whose command could not begin.
	errs int
	// failed is the error that ends the run.
	failed error
	// stopping means that nothing more is claimed, told that the caller or a signal asked
	// for that.
	stopping, told bool
	// drain is closed when Options.Drain is done, end when the context of Run is. The run
	// sets them to nil once it has seen that.
	drain, end <-chan struct{}
	// commands is done when the running commands must end.
	commands    context.Context
	endCommands context.CancelFunc
}

// Run runs o.Command for the entries of dir until all have been tried or, with o.Wait,
// until it is stopped. There are two ways to stop it, and neither is an error. When o.Drain
// is done, Run claims nothing more, and returns when the running commands have ended. When
// ctx is done, Run also tells the running commands to end, and requeues their entries.
//
// An error ended the run early: ErrBusy if another run has an overlapping slice, a
// [*CommandError] if the command cannot be run (the entry was requeued), the error of
// o.Refuse, or one of the disk. The caller must not use dir until Run returns.
func Run(ctx context.Context, dir *queue.Dir, o Options) (Totals, error) {
	r := newRun(ctx, dir, o)
	err := r.run(ctx)
	return r.Totals, err
}

func newRun(ctx context.Context, dir *queue.Dir, o Options) *run {
	if o.Grace == 0 {
		o.Grace = defaultGrace
	}
	r := &run{
		o: o, dir: dir,
		children: children{commands: map[int]bool{}, reaps: o.Reap}, failures: failures{most: o.MaxFailures},
		schedule: schedule{forever: !o.Wait},
		held:     map[queue.ID]bool{}, lockedSince: map[queue.ID]time.Time{},
		results: make(chan result, o.Jobs), end: ctx.Done(), untold: newUntold(dir.StartSync, o.Jobs),
	}
	if o.Drain != nil {
		r.drain = o.Drain.Done()
	}
	return r
}

func (r *run) run(ctx context.Context) error {
	o, dir := &r.o, r.dir
	r.commands, r.endCommands = context.WithCancel(ctx)
	defer r.endCommands()
	if r.refused() {
		return r.failed
	}
	// If this came to light only after a command had failed, its entry would stay in
	// flight, and be restored and counted as after a crash.
	if err := r.canShunt(); err != nil {
		return err
	}
	if err := r.lockSlice(); err != nil {
		return err
	}
	var changes <-chan error
	if o.Wait {
		// The watch begins before the first pass, so it misses no entry.
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
	r.flush()
	if err := dir.Sync(); err != nil {
		r.syncFailed(err)
	}
	r.Left = r.told && r.left()
	return r.failed
}

// canShunt checks that entries can be moved to the shunt queue, if this run may do so.
func (r *run) canShunt() error {
	if r.o.Keep {
		return nil
	}
	return r.dir.CanShunt()
}

// left reports whether entries are ready that the run did not get to.
func (r *run) left() bool {
	inside := r.o.Slice.Filter()
	for f, err := range r.dir.Each() {
		if err != nil || f.State == queue.Ready && inside(f.ID) && !(r.o.Keep && r.schedule.skip(f.ID, time.Now())) {
			return true
		}
	}
	return false
}

// passing is how long a process other than a run may hold a slice. cron may start qrestore
// in the same second, for example.
const passing = time.Second

// lockSlice locks the slice. If another process holds it for longer than passing, that is
// another run, and the error is ErrBusy.
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

// follow reports changes of the queue until ctx is done. The goroutine that waits also
// closes the watch: if another one did, the descriptor could be reused during the wait.
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
