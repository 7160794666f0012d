package runner

import (
	"errors"
	"io"
	"time"

	"switchboard/pkg/queue"
)

// maxErrors is how many entries in a row that cannot be claimed or copied end a run:
// a disk that fails fails for all.
const maxErrors = 10

// run is a Run at work.
type run struct {
	o   Options
	dir *queue.Dir
	Totals
	children children
	terminal *terminal
	failures failures
	pass     *queue.Pass
	schedule schedule
	// held are entries in flight that could not be restored: of another
	// runner that was killed, and whose command lives on.
	held    map[queue.ID]bool
	results chan result
	running int
	// claimed says that this pass has claimed something.
	claimed bool
	// busy says since when ready entries have been found locked, and retry that
	// this pass has found one that should not be for long.
	busy  map[queue.ID]time.Time
	retry bool
	// asked is when Options.Refuse was asked last.
	asked time.Time
	// errs counts entries in a row whose command could not begin.
	errs int
	// failed ends the run.
	failed error
	// stopping is set when nothing more is to be claimed. told says that this was
	// by a signal. stop is closed at the second one.
	stopping, told bool
	stop           chan struct{}
	stopped        bool
}

// Run runs o.Command for the entries of dir until there are none, or for ever,
// or until it is stopped. The error is what ended it early: ErrBusy when
// another run has an overlapping slice, a *CommandError when the command cannot
// be run, in which case the entry was requeued, o.Refuse's, or the disk's.
// dir is Run's until it returns.
func Run(dir *queue.Dir, o Options) (Totals, error) {
	if o.Grace == 0 {
		o.Grace = defaultGrace
	}
	r := &run{
		o: o, dir: dir,
		children: children{commands: map[int]bool{}, reaps: o.Reap}, failures: failures{most: o.MaxFailures},
		held: map[queue.ID]bool{}, busy: map[queue.ID]time.Time{},
		results: make(chan result, o.Jobs), stop: make(chan struct{}),
	}
	r.schedule.forever = !o.Wait
	if r.begin(); r.failed != nil {
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
		ended := make(chan struct{})
		defer close(ended)
		changes = follow(dir.Watch(), ended)
	}
	defer r.children.follow()()
	if o.Terminal && o.Jobs == 1 {
		r.terminal = openTerminal()
		defer r.terminal.close()
	}
	if !o.Keep {
		r.restore()
	}
	for {
		r.fill()
		if r.running == 0 && !r.more() {
			break
		}
		if r.running > 0 || r.pass == nil {
			r.wait(changes)
		}
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
func (r *run) left() (left bool) {
	inside := r.o.Slice.Filter()
	_, err := r.dir.List(queue.Ready, func(id queue.ID) bool {
		left = left || inside(id) && !(r.o.Keep && r.schedule.skip(id, time.Now()))
		return false // one is enough to know of, and none to be remembered
	})
	return left || err != nil
}

// passing is how long a slice may be held by what only passes through, as a
// qrestore does that cron starts in the same second.
const passing = time.Second

// lockSlice locks the slice. Who runs it for longer than a moment is another
// run.
func (r *run) lockSlice() error {
	for began := time.Now(); ; {
		err := r.dir.LockSlice(r.o.Slice, true)
		if !errors.Is(err, queue.ErrBusy) || time.Since(began) >= passing {
			return err
		}
		select {
		case <-r.o.Stop:
			return err
		case <-time.After(passing / 50):
		}
	}
}

// follow tells of what happens in the queue, until ended is closed. The watch
// is closed by whoever waits in it: its descriptor must not become another's.
func follow(watch *queue.Watch, ended <-chan struct{}) <-chan error {
	changes := make(chan error)
	go func() {
		defer watch.Close()
		for {
			err := watch.Wait(time.Time{})
			select {
			case changes <- err:
			case <-ended:
				return
			}
		}
	}()
	return changes
}

// begin begins a pass.
func (r *run) begin() {
	if r.refused() {
		return
	}
	now := time.Now()
	r.schedule.begin(now)
	r.claimed, r.retry = false, false
	r.pass = r.dir.Pass(r.o.Slice, func(id queue.ID) bool { return r.schedule.skip(id, now) })
}

// askAgain is how long an answer of Options.Refuse holds.
const askAgain = time.Second

// refused ends the run if the queue is to be left alone now.
func (r *run) refused() bool {
	if r.o.Refuse == nil {
		return false
	}
	if err := r.o.Refuse(); err != nil {
		r.fail(err)
		return true
	}
	r.asked = time.Now()
	return false
}

// fail ends the run, once what runs has ended.
func (r *run) fail(err error) {
	if r.failed == nil {
		r.failed = err
	}
	r.stopping = true
}

// more says whether to go on, now that nothing runs and the pass is over, and
// begins the next pass if so.
func (r *run) more() bool {
	switch {
	case r.stopping:
		return false
	case r.retry && !r.claimed:
		time.Sleep(dying / 50)
	case r.o.Wait:
		return true
	case !r.claimed:
		return false
	}
	// What became ready in the meantime, a crash's second chance among it.
	r.begin()
	return !r.stopping
}

// fill claims entries for as long as there is room for another command.
func (r *run) fill() {
	for !r.stopping && r.pass != nil && r.running < r.o.Jobs {
		select {
		case <-r.o.Stop:
			r.halt()
			continue
		default:
		}
		// A pass may take hours, and a Mailman be started in the middle of it.
		if time.Since(r.asked) >= askAgain && r.refused() {
			return
		}
		claim, id, err := r.pass.Next()
		switch {
		case err == nil:
			r.claimed = true
			delete(r.busy, id)
			r.start(claim)
		case err == io.EOF:
			r.pass = nil
		case id == queue.ID{}:
			r.fail(err)
		default:
			r.unclaimed(id, err)
		}
	}
}

// unclaimed reports an entry that could not be claimed, and leaves it alone for
// a while.
func (r *run) unclaimed(id queue.ID, err error) {
	from := r.dir.EntryPath(id, queue.Ready)
	if errors.Is(err, queue.ErrMalformed) && !r.dir.Has(id, queue.Ready) {
		r.done(Outcome{ID: id, Kind: Preserved, From: from, Why: queue.Cause(err).Error()})
		return
	}
	if errors.Is(err, queue.ErrBusy) && r.soonFree(id) {
		r.retry = true
		return
	}
	r.o.Report(err)
	r.schedule.after(id, time.Now())
	if errors.Is(err, queue.ErrBusy) || errors.Is(err, queue.ErrConflict) || errors.Is(err, queue.ErrStray) || errors.Is(err, queue.ErrMalformed) {
		return
	}
	r.another(err)
}

// another counts entries that failed before their command began.
func (r *run) another(err error) {
	if r.errs++; r.errs >= maxErrors {
		r.fail(err)
	}
}

// soonFree says whether to expect that the lock on a ready entry goes. A
// command that was killed may take a moment to be gone; and for the moment in
// which another one is being started, it has all descriptors of this process.
func (r *run) soonFree(id queue.ID) bool {
	since, ok := r.busy[id]
	if !ok {
		since = time.Now()
		r.busy[id] = since
	}
	if time.Since(since) < dying {
		return true
	}
	delete(r.busy, id)
	return false
}

// start starts the command for a claim.
func (r *run) start(claim *queue.Claim) {
	j := &job{
		o: &r.o, queue: r.dir.Path(), claim: claim, stop: r.stop,
		children: &r.children, terminal: r.terminal, unnamed: r.dir.CreateUnnamed,
	}
	r.running++
	go func() { r.results <- j.run() }()
}

// halt takes one signal to stop.
func (r *run) halt() {
	if r.stopping && !r.stopped {
		r.stopped = true
		close(r.stop)
	}
	r.stopping, r.told = true, true
	if r.o.Stopping != nil {
		r.o.Stopping(r.running)
	}
}

// wait waits until something has happened.
func (r *run) wait(changes <-chan error) {
	var timer <-chan time.Time
	if r.pass != nil || r.stopping {
		// Nothing new is needed.
		changes = nil
	} else if d, ok := r.schedule.wait(time.Now()); ok && r.o.Wait {
		t := time.NewTimer(d)
		defer t.Stop()
		timer = t.C
	}
	select {
	case res := <-r.results:
		r.settle(res)
	case <-r.o.Stop:
		r.halt()
	case err := <-changes:
		if err != nil {
			r.fail(err)
			return
		}
		r.retryHeld()
		r.begin()
	case <-timer:
		r.begin()
	}
}
