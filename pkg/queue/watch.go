package queue

import (
	"context"
	"time"

	"switchboard/pkg/queue/internal/disk"
)

// rescan is the longest that Wait relies on the system to report a change. Not every
// filesystem reports what other machines change.
const rescan = 10 * time.Second

// watch is the Watch of a directory.
type watch struct {
	dir   *Dir
	names *disk.Watch
}

// Watch starts to watch for entries that become ready.
func (d *Dir) Watch() Watch { return &watch{d, disk.NewWatch(d.path, Ready.Ext())} }

func (w *watch) Close() error { return w.names.Close() }

// Wait also returns an [*Error] if the queue's path leads to another directory (ESTALE).
func (w *watch) Wait(ctx context.Context) error {
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

// present checks that the queue's path still leads to d. Nothing comes into a queue that
// was moved away, so Wait would never end.
func (d *Dir) present() error {
	dir, err := d.sys.OpenDir(d.path)
	if err == disk.ErrNotExist || err == disk.ErrNotDir {
		return &Error{Path: d.path, Err: noQueue{err}}
	}
	if err != nil {
		return nil // a failure to open it may pass
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
