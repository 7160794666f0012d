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
	o      Options
	dir    queue.Queue
	worker worker
	Totals
	// failures counts entries in a row whose handling failed.
	failures failures
	// only has the entries of Options.Only that have not been tried yet.
	only []queue.ID
	// schedule holds which entries are left alone, and until when.
	schedule schedule
	// held has the entries in flight that could not be restored, because the command of a
	// killed runner still runs and has their lock.
	held map[queue.ID]bool
	// unlocking has the ready entries that were found locked.
	unlocking map[queue.ID]*patience
	// running is the number of entries being handled whose end has not been received from
	// results, alone how many of them and of upcoming have no other one claimed ahead.
	running, alone int
	// upcoming are the entries that were claimed ahead, oldest first.
	upcoming []*upcoming
	results  chan result
	// tasks are for the goroutines that handle entries, and hands is how many of these there are.
	tasks  chan task
	hands  int
	untold untold
	// unsynced means that a sync has failed.
	unsynced bool
	// claimed means that this pass has claimed an entry.
	claimed bool
	// busy means that this pass has found an entry whose lock will probably be released
	// soon.
	busy bool
	pauses
	leases
	// feedAt is when to call Options.Feed again, zero if that is not known.
	feedAt time.Time
	// asked is when Options.Refuse was asked last.
	asked time.Time
	// errs counts entries in a row that could not be claimed or begun with.
	errs int
	// failed is the error that ends the run.
	failed error
	// stopping means that nothing more is claimed, told that the caller, a signal or the
	// worker asked for that.
	stopping, told bool
	// drain is closed when Options.Drain is done, end when the context of Run is. The run
	// sets them to nil once it has seen that.
	drain, end <-chan struct{}
	// working is done when what is being handled must end.
	working context.Context
	endWork context.CancelFunc
}

// Run has o.Handler or o.Command handle the entries of dir until all have been tried or,
// with o.Wait, until it is stopped. There are two ways to stop it, and neither is an error.
// When o.Drain is done, Run claims nothing more, and returns when what is being handled has
// ended. When ctx is done, Run also tells it to end: the entries of commands are requeued.
//
// An error ended the run early: ErrBusy if another run has an overlapping slice, a
// [*CommandError] if the command cannot be run (the entry was requeued), the error of a
// Verdict, of o.Feed or o.Refuse, or one of the disk. Only o.Feed may use dir until Run
// returns.
func Run(ctx context.Context, dir queue.Queue, o Options) (Totals, error) {
	r := newRun(ctx, dir, o)
	err := r.run(ctx)
	return r.Totals, err
}

func newRun(ctx context.Context, dir queue.Queue, o Options) *run {
	o.Wait = o.Wait && o.Only == nil
	if o.Grace == 0 {
		o.Grace = defaultGrace
	}
	if o.Outage == nil {
		o.Outage = o.Report
	}
	r := &run{
		o: o, dir: dir, failures: failures{most: o.MaxFailures}, only: o.Only,
		schedule: schedule{forever: !o.Wait},
		held:     map[queue.ID]bool{}, unlocking: map[queue.ID]*patience{},
		results: make(chan result, o.Jobs), tasks: make(chan task, o.Jobs), end: ctx.Done(), untold: newUntold(dir.StartSync, o.Jobs),
		leases: newLeases(dir, o.Drain),
	}
	if o.Handler != nil {
		r.worker = byFunction{o.Handler}
	} else {
		r.worker = newByCommand(&r.o, dir)
	}
	if o.Drain != nil {
		r.drain = o.Drain.Done()
	}
	return r
}

func (r *run) run(ctx context.Context) error {
	o, dir := &r.o, r.dir
	r.working, r.endWork = context.WithCancel(ctx)
	defer r.endWork()
	defer r.leases.forget()
	if r.refused() {
		return r.failed
	}
	// If this came to light only after an entry had been handled, the entry would stay in
	// flight, and be restored and counted as after a crash.
	if err := r.canMove(); err != nil {
		return err
	}
	if o.Only == nil {
		if err := r.lockSlice(); err != nil {
			return err
		}
	}
	var changes <-chan error
	if o.Wait {
		// The watch begins before the first pass, so it misses no entry.
		watching, stop := context.WithCancel(context.WithoutCancel(ctx))
		defer stop()
		changes = follow(watching, dir.Watch())
	}
	defer close(r.tasks)
	defer r.worker.begin()()
	if !o.Keep && o.Only == nil {
		r.restore()
	}
	for r.pass(); r.await(changes); r.pass() {
		r.refused()
	}
	r.giveBack()
	r.flush()
	if err := dir.Sync(); err != nil {
		r.syncFailed(err)
	}
	r.Left = r.told && r.left()
	return r.failed
}

// canMove checks that entries can be moved to the other queues to which this run may move
// them.
func (r *run) canMove() error {
	if r.o.Keep {
		return nil
	}
	if err := r.dir.CanShunt(); err != nil || r.o.Handler == nil {
		return err
	}
	return r.dir.CanRetry()
}

// left reports whether entries are ready that the run did not get to.
func (r *run) left() bool {
	if r.o.Only != nil {
		return len(r.only) > 0
	}
	inside := r.o.Slice.Filter()
	for f, err := range r.dir.Each() {
		if err != nil || f.State == queue.Ready && inside(f.ID) && !(r.o.Keep && r.schedule.skip(f.ID, time.Now())) {
			return true
		}
	}
	return false
}

// lockSlice locks the slice. A process other than a run may hold it for a moment: cron may
// start qrestore in the same second, for example. One that holds it for longer is another
// run, and the error is ErrBusy.
func (r *run) lockSlice() error {
	for passing := (patience{}); ; {
		err := r.dir.LockSlice(r.o.Slice, true)
		if !errors.Is(err, queue.ErrBusy) || passing.over() {
			return err
		}
		select {
		case <-r.drain:
			return err
		case <-r.end:
			return err
		case <-time.After(betweenLooks):
		}
	}
}

// follow reports changes of the queue until ctx is done. The goroutine that waits also
// closes the watch: if another one did, the descriptor could be reused during the wait.
func follow(ctx context.Context, watch queue.Watch) <-chan error {
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
