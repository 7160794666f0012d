package queue

import (
	"sync"

	"switchboard/pkg/queue/internal/disk"
)

// Sync makes all moves so far durable, in every queue that they touched. It syncs the
// queues that entries went to before the queue that they left, and stops at the first
// failure. In the other order a power cut could leave an entry in neither queue.
func (d *Dir) Sync() (err error) {
	defer func() { d.traceSynced(err) }()
	closed := d.takeFinished()()
	if err := firstError(d.endStarted(), closed); err != nil {
		return &Error{Path: d.path, Err: err}
	}
	for len(d.dirty) > 0 {
		if err := d.dirty[0].dir.Sync(); err != nil {
			return &Error{Path: d.dirty[0].path, Err: err}
		}
		d.dirty = d.dirty[1:]
	}
	return nil
}

// StartSync starts to make durable what [Dir.Finish] and [Dir.Requeue] have done so far,
// and does not wait for the disk. What the caller does with d meanwhile is not part of
// this sync. wait returns the result, and any goroutine may call it. If other moves are
// not durable yet, StartSync makes them durable before it returns.
//
// If the sync fails, the next sync of d returns the same error and proves nothing: the
// kernel reports a failure once, and it may concern what was done in the meantime.
func (d *Dir) StartSync() (wait func() error) {
	err := d.endStarted()
	if err != nil {
		err = &Error{Path: d.path, Err: err}
	} else if len(d.dirty) != 1 || d.dirty[0] != d {
		err = d.Sync() // several directories have an order
	} else {
		d.dirty = nil
		synced, closed := d.dir.StartSync(), d.takeFinished()
		d.started = sync.OnceValue(func() error {
			err := closed()
			return firstError(synced(), err)
		})
		started := d.started
		return func() error {
			if err := started(); err != nil {
				return &Error{Path: d.path, Err: err}
			}
			return nil
		}
	}
	return func() error { return err }
}

// endStarted waits for the sync that StartSync has started. Everything that syncs d calls
// it first: of two syncs of one directory at a time, only one may be told of a failure.
func (d *Dir) endStarted() error {
	if d.started == nil {
		return nil
	}
	err := d.started()
	d.started = nil
	if err != nil {
		d.touch(d)
	}
	return err
}

// syncNames makes the names of this directory durable, and of no other one.
func (d *Dir) syncNames() error {
	if err := d.endStarted(); err != nil {
		return err
	}
	return d.dir.Sync()
}

// syncTogether is the number of files from which on one sync of the whole filesystem is
// faster than a sync of each file, although it also waits for other programs' data.
const syncTogether = 16

// startSync begins to make the content of files of this queue durable. wait returns nil if
// all of it is durable, and otherwise an error or nil for each file.
func (d *Dir) startSync(files []disk.File) (wait func() []error) {
	each := func() []error {
		errs := make([]error, len(files))
		for i, f := range files {
			errs[i] = f.Sync()
		}
		return errs
	}
	if d.opt.NoSync || len(files) == 0 {
		return func() []error { return nil }
	}
	if len(files) >= syncTogether && !d.fsSyncFailed {
		if all := d.dir.SyncFS(); all != nil {
			return func() []error {
				if all() == nil {
					return nil
				}
				// Find the files that failed by a sync of each. Do so for all later
				// groups as well: their files are being written now, and the kernel
				// may have reported their failure with this one, and only once.
				d.fsSyncFailed = true
				return each()
			}
		}
	}
	if len(files) > 1 {
		for _, f := range files {
			f.WriteBack()
		}
	}
	return each
}

// startSyncNames begins to make the moves so far durable, in the order of Sync. wait
// returns the first error.
func (d *Dir) startSyncNames() (wait func() error) {
	if err := d.endStarted(); err != nil {
		return func() error { return &Error{Path: d.path, Err: err} }
	}
	moved := d.dirty
	d.dirty = nil
	if len(moved) == 0 {
		return func() error { return nil }
	}
	first := moved[0].dir.StartSync()
	return func() error {
		if err := first(); err != nil {
			d.touchAll(moved)
			d.traceSynced(err)
			return &Error{Path: moved[0].path, Err: err}
		}
		d.touchAll(moved[1:])
		return d.Sync()
	}
}

// startSyncMoves begins to make the moves so far durable: first the files that syncRelinked
// syncs, then the names.
func (d *Dir) startSyncMoves() (wait func() error) {
	relinked := d.syncRelinked()
	if relinked == nil {
		return d.startSyncNames()
	}
	return func() error {
		if err := relinked(); err != nil {
			return err
		}
		return d.Sync()
	}
}

// syncRelinked begins to sync the files that were renamed from one directory to another on
// a filesystem that may otherwise keep both names after a power cut. It must come before
// the sync of the new directory. wait is nil if there are no such files.
//
// When btrfs syncs a directory, its log gets only the new name. When btrfs syncs a file
// after its rename, the log gets all changes of the file's names, so the old one is gone.
func (d *Dir) syncRelinked() (wait func() error) {
	if len(d.relinked) == 0 {
		return nil
	}
	files := d.relinked
	d.relinked = nil
	synced := d.startSync(files)
	return func() error {
		for _, err := range synced() {
			if err != nil {
				return &Error{Path: d.path, Err: err}
			}
		}
		return nil
	}
}

func (d *Dir) touchAll(queues []*Dir) {
	for _, q := range queues {
		d.touch(q)
	}
}
