package queue

import (
	"context"
	"time"

	"switchboard/pkg/queue/internal/disk"
)

// rescan is the longest that Wait trusts the system to tell of a change: not
// every filesystem does, for what other machines do to it.
const rescan = 10 * time.Second

// Watch tells the waits of a queue from one another: what happened since the
// watch began is not missed by the next Wait.
type Watch struct {
	dir   *Dir
	names *disk.Watch
}

// Watch begins to watch for entries that become ready.
func (d *Dir) Watch() *Watch { return &Watch{d, disk.NewWatch(d.path, Ready.Ext())} }

// Close ends the watch.
func (w *Watch) Close() error { return w.names.Close() }

// Wait waits until something may have become ready: a file came, or it is time to look
// anyway. When ctx is done before, the error is ctx's. The queue's path may have become
// another directory's, or none's: an *Error, as Open's, or with ESTALE.
func (w *Watch) Wait(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	waited := w.names.Wait(ctx, rescan)
	if err := w.dir.present(); err != nil {
		return err
	}
	if waited != nil && waited != ctx.Err() {
		return &Error{Path: w.dir.path, Err: waited}
	}
	return waited
}

// present says whether d is still what its path leads to: nothing comes into a
// queue that was moved away, and waiting in it would be for ever.
func (d *Dir) present() error {
	dir, err := d.sys.OpenDir(d.path)
	if err == disk.ErrNotExist || err == disk.ErrNotDir {
		return &Error{Path: d.path, Err: noQueue{err}}
	}
	if err != nil {
		return nil // that it cannot be opened for the moment says nothing
	}
	defer dir.Close()
	ours, err := d.dir.Stat()
	if err != nil {
		return &Error{Path: d.path, Err: err}
	}
	if now, err := dir.Stat(); err == nil && !now.Same(ours) {
		return &Error{Path: d.path, Err: noQueue{disk.ErrStale}}
	}
	return nil
}
