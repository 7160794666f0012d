package queue

import "switchboard/pkg/queue/internal/disk"

// syncTogether is the number of files from which on one sync of the whole
// filesystem is used, which waits for everybody's data.
const syncTogether = 16

// startSync begins to make the content of files of this queue durable. wait
// returns nil when all of it is, or else an error or nil for each file.
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
				// Each file is asked for its own part in the failure. The next
				// group's are, too, and all later ones: they are being written
				// meanwhile, and the kernel tells of a failure once.
				d.fsSyncFailed = true
				return each()
			}
		}
	}
	if len(files) > 1 {
		for _, f := range files {
			f.StartSync()
		}
	}
	return each
}

// startSyncNames begins to make the moves so far durable, as Sync does, in the same
// order. wait says how it went.
func (d *Dir) startSyncNames() (wait func() error) {
	moved := d.dirty
	d.dirty = nil
	if len(moved) == 0 {
		return func() error { return nil }
	}
	first := moved[0].dir.StartSync()
	return func() error {
		if err := first(); err != nil {
			d.touchAll(moved)
			return &Error{Path: moved[0].path, Err: err}
		}
		d.touchAll(moved[1:])
		return d.Sync()
	}
}

// startSyncMoves begins to make the moves so far durable: first the files that syncRelinked
// is about, then the names.
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

// syncRelinked begins to sync the files that were renamed from one directory to another
// on a filesystem that may otherwise leave both names after a power cut: before the new
// one's directory is synced, since that is when it could. It is nil if there are none.
//
// On btrfs the log of a directory that was synced has the new name alone. A file that
// was synced since its rename has its names in the log, and the old one is dropped.
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
