package runner

import "time"

// How far telling may fall behind handling. After a power cut, the entries that were
// handled and not told are in flight again, and are handled a second time.
const (
	// fewestUntold is how many entries may have been handled and not be told yet; with
	// more jobs than that, it is one per job. On a slow disk this limits how many are
	// handled twice.
	fewestUntold = 32
	// syncEvery is the shortest time from the beginning of one sync to that of the next,
	// unless many outcomes wait: see pace.
	// A sync costs about as much as starting a command, so one after each of many short
	// commands would double the work. It makes no difference to commands that take
	// longer: their entries are synced at once. With 400 times true on a journalled ext4, 10 ms
	// took a twelfth less time than 5, 2 or 1 for one job, and the same for two and eight.
	syncEvery = 10 * time.Millisecond
)

// untold are outcomes that are not durable yet. They are told once they are. One sync is
// in progress at a time, while the next commands run; the outcomes that come in meanwhile
// share the next one.
type untold struct {
	// startSync starts to make durable what has been done, and wait returns the result.
	startSync func() (wait func() error)
	// waiting are functions that tell the outcomes which no sync has begun to make
	// durable. syncing are those of the sync in progress.
	waiting, syncing []func()
	// ended gets the result of the sync in progress. It is nil if there is none.
	ended chan error
	pace
	// due fires when the next sync may begin. It is nil if nobody waits for that.
	due <-chan time.Time
}

func newUntold(startSync func() (wait func() error), jobs int) untold {
	return untold{startSync: startSync, pace: pace{most: max(jobs, fewestUntold)}}
}

// add adds an outcome.
func (u *untold) add(tell func()) {
	u.waiting = append(u.waiting, tell)
	if u.ended != nil && u.full() {
		u.fill(time.Now())
	}
}

// full reports whether no entry may be finished before the end of a sync.
func (u *untold) full() bool { return len(u.waiting)+len(u.syncing) >= u.most }

// sync starts a sync if one is due. With now, it does not wait for others to share it.
func (u *untold) sync(now bool) {
	switch {
	case u.ended != nil || len(u.waiting) == 0:
		u.due = nil
	case now || u.left(time.Now()) <= 0 || len(u.waiting) >= u.enough():
		u.begin(time.Now())
		u.due = nil
		u.waiting, u.syncing = u.syncing, u.waiting
		wait, ended := u.startSync(), make(chan error, 1)
		go func() { ended <- wait() }()
		u.ended = ended
	case u.due == nil:
		u.due = time.After(u.left(time.Now()))
	}
}

// tell tells the outcomes of the sync that has ended with err. After an error it tells
// none, because they may be undone.
func (u *untold) tell(err error) {
	tell := u.syncing
	u.end(time.Now(), len(tell), len(u.waiting))
	u.syncing, u.ended = nil, nil
	if err != nil {
		return
	}
	for _, one := range tell {
		one()
	}
}

// again takes the outcomes of the sync that has ended to the next one, which will sync again
// what this one could not.
func (u *untold) again() {
	u.end(time.Now(), len(u.syncing), len(u.waiting))
	u.waiting = append(u.syncing, u.waiting...)
	u.syncing, u.ended = nil, nil
}

// conclude does with an entry what its judgement requires.
func (r *run) conclude(res result) {
	r.running--
	r.dropped(res.upcoming)
	res.next.withdraw()
	if lost(res.claim) {
		r.giveUp(res.claim)
		return
	}
	j := res.ended.judge(r)
	if tell := r.apply(res.claim, j); tell != nil {
		r.untold.add(tell)
	}
	if j.atOnce {
		r.flush()
	}
}

// synced tells the outcomes that a sync has made durable, or ends the run.
func (r *run) synced(err error) {
	if err != nil && !r.askedToStop() && r.waitsFor(err) {
		r.untold.again()
		return
	}
	if err != nil {
		r.syncFailed(err)
	}
	r.untold.tell(err)
}

// flush makes all outcomes so far durable and tells them.
func (r *run) flush() {
	for r.untold.sync(true); r.untold.ended != nil; r.untold.sync(true) {
		r.synced(<-r.untold.ended)
	}
}

// syncFailed ends the run. If several syncs fail, it reports one of them, even if the run
// ends for another reason.
func (r *run) syncFailed(err error) {
	switch {
	case r.unsynced:
	case r.failed != nil:
		r.o.Report(err)
	default:
		r.fail(err)
	}
	r.unsynced = true
}
