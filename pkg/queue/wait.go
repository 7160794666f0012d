package queue

import (
	"errors"
	"time"

	"switchboard/pkg/queue/internal/disk"
)

// ErrTimeout is a wait that ended without a change.
var ErrTimeout = errors.New("nothing became ready in time")

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

// Wait waits until something may have become ready: a file came, or it is time
// to look anyway. ErrTimeout when the deadline has passed. The queue's path may
// have become another directory's, or none's: an *Error, as Open's, or with
// ESTALE.
func (w *Watch) Wait(deadline time.Time) error {
	d, err := until(deadline)
	if err == nil {
		if err = w.names.Wait(d); err != nil {
			err = &Error{Path: w.dir.path, Err: err}
		}
	}
	if err == nil {
		err = w.dir.present()
	}
	return err
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

// until is how long to wait for, at most, until deadline (zero: no end).
func until(deadline time.Time) (time.Duration, error) {
	if deadline.IsZero() {
		return rescan, nil
	}
	left := time.Until(deadline)
	if left <= 0 {
		return 0, ErrTimeout
	}
	return min(left, rescan), nil
}
