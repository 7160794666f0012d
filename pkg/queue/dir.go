package queue

import (
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/disk"
)

// Options are the settings of a [Dir].
type Options struct {
	// Format is the dialect that a Batch writes. Unknown means Mailman2.
	Format message.Dialect
	// Bad is the path of the bad queue. "" means the sibling directory "bad". The
	// directory is created when the first entry is preserved.
	Bad string
	// Shunt is the path of the shunt queue. "" means the sibling directory "shunt". The
	// directory is created when the first entry is shunted.
	Shunt string
	// Retry is the path of the queue of entries to be tried again later. "" means the sibling
	// directory "retry". The directory is created when the first entry is retried.
	Retry string
	// Trace is called with each change of an entry's state, once the change is durable. A
	// claim need not be durable, so it is told when it is made, and so is its requeue if the
	// claim then fails. Trace is called by one goroutine at a time, and must not use the
	// queue. Nil costs nothing.
	Trace func(Event)
	// Describe means that events have an About. An entry that would not be read otherwise
	// is then read for that.
	Describe bool
	// Notice is called with an *Error if an entry was not claimed because its
	// interrupted move to another queue had to be completed. Claims goes on then.
	Notice func(error)
	// NoSync leaves out every sync: a power cut may lose what was stored or moved.
	NoSync bool
}

// Dir is an open queue directory. It may be used by one goroutine at a time, except that
// any number may call Read, Stat, Has and Twin, also during Each and List, and Note, Split
// and Notice of different claims.
type Dir struct {
	sys  disk.System
	path string
	dir  disk.Dir
	opt  Options
	// dirty are the queues with moves that are not yet durable, d itself last.
	dirty []*Dir
	// untraced are events that Sync tells Options.Trace of.
	untraced []Event
	// started waits for the sync that StartSync has started. It is nil if there is none,
	// or if its result is known.
	started func() error
	// finished has the files of finished entries that the next sync closes.
	finished []disk.File
	// relinked has files that moved and must be synced before the directories: see
	// syncRelinked.
	relinked []disk.File
	// bad is the open bad queue, nil until it is needed.
	bad *Dir
	// shunt is the open shunt queue and retry the open retry queue, each nil until it is
	// needed.
	shunt, retry *Dir
	// queuesBeside are the other queues next to this one that entries were moved to, by name.
	queuesBeside map[string]*Dir
	// lock is the open lock file, nil until it is needed.
	lock disk.File
	// namesLock is the open file that renames lock where a rename cannot refuse to
	// replace a file, nil until it is needed. namesHeld means that the last attempt to
	// lock it timed out.
	namesLock disk.File
	namesHeld bool
	// ahead is how far the filesystem's clock is ahead, nil until it is needed.
	ahead *time.Duration
	// fsSyncFailed means that the success of a filesystem sync proves nothing any more.
	fsSyncFailed bool
	// encoder encodes new entries.
	encoder Encoder
	// real is the path without links, once it was needed: see Dir.resolved.
	real     string
	realOnce sync.Once
}

// Open opens the queue directory at path. The path may be a link to it.
func Open(path string, o Options) (*Dir, error) { return openWith(disk.OS{}, path, o) }

func openWith(sys disk.System, path string, o Options) (*Dir, error) {
	dir, err := sys.OpenDir(path)
	if err != nil {
		if err == disk.ErrNotExist || err == disk.ErrNotDir {
			return nil, &Error{Path: path, Err: noQueue{err}}
		}
		return nil, explainNamed(&Error{Path: path, Err: err})
	}
	d := &Dir{sys: sys, path: path, dir: dir}
	d.setOptions(o)
	return d, nil
}

func (d *Dir) setOptions(o Options) {
	if o.Notice == nil {
		o.Notice = func(error) {}
	}
	if o.Format == message.Unknown {
		o.Format = message.Mailman2
	}
	if o.Trace != nil {
		// Split and Notice open their own queues, on any goroutine, and have these options.
		var mu sync.Mutex
		trace := o.Trace
		o.Trace = func(e Event) {
			mu.Lock()
			defer mu.Unlock()
			trace(e)
		}
	}
	d.opt = o
	d.encoder.Format = o.Format
}

// noQueue is the error, in the user's words, of a path that does not lead to the queue.
type noQueue struct{ error }

func (e noQueue) Error() string {
	switch e.error {
	case disk.ErrNotExist:
		return "no such queue"
	case disk.ErrStale:
		return "is another directory now"
	}
	return "is not a directory"
}
func (e noQueue) Unwrap() error { return e.error }

// Close closes the directory. It does not sync, but waits for what [Dir.StartSync] started.
func (d *Dir) Close() error {
	var err error
	if d.started != nil {
		d.started() // the caller of StartSync gets its error
	}
	if closed := d.takeFinished()(); closed != nil {
		err = &Error{Path: d.path, Err: closed}
	}
	others := append(slices.Collect(maps.Values(d.queuesBeside)), d.bad, d.shunt, d.retry)
	for _, other := range others {
		if other != nil {
			err = errors.Join(err, other.Close())
		}
	}
	if d.lock != nil {
		if closed := d.lock.Close(); closed != nil {
			err = errors.Join(err, &Error{Path: join(d.path, lockName), Err: closed})
		}
	}
	d.closeNames()
	if closed := d.dir.Close(); closed != nil {
		err = errors.Join(err, &Error{Path: d.path, Err: closed})
	}
	return err
}

// Path returns the path that [Open] was given.
func (d *Dir) Path() string { return d.path }

// EntryPath returns the path of the entry in state s.
func (d *Dir) EntryPath(id ID, s State) string {
	return trimmed(d.path) + "/" + id.base + s.Ext()
}

// touch records that q has a move that is not yet durable.
func (d *Dir) touch(q *Dir) {
	switch {
	case d.opt.NoSync || slices.Contains(d.dirty, q):
	case q == d:
		d.dirty = append(d.dirty, q)
	default:
		d.dirty = slices.Insert(d.dirty, 0, q)
	}
}
