package queue

import (
	"errors"

	"switchboard/pkg/queue/internal/disk"
)

// groupEntries and groupBytes limit a group. A larger group would delay the moment at
// which the path of its first entry is told.
const (
	groupEntries = 1024
	groupBytes   = 32 << 20
)

// otherFiles is the most files that are open besides those of a Batch. fewFiles is how
// many descriptors fit without reserving.
const (
	otherFiles = 32
	fewFiles   = 32
)

// batch is the Batch of a directory: it syncs the group.
type batch struct {
	dir    *Dir
	stored func(path string) error
	// limit is how many entries make a group, and limitBytes how many bytes do.
	limit      int
	limitBytes int64
	// reserved is set once there is room for the open files of two groups.
	reserved bool
	// group holds the messages committed since the group began. bytes is the total
	// length of their files.
	group []unsynced
	bytes int64
	// syncing is the previous group, nil if there is none.
	syncing *syncing
	// spareGroup is memory that the next group uses again.
	spareGroup []unsynced
	// failed is why a message could not be stored. Those after it are discarded, until Flush or
	// Abort: a caller that is told three paths knows that they are those of its first three
	// messages. The names of entries that are taken say which ones they are, so each of them
	// fails alone.
	failed error
	// owner has the owner and group of the queue, born those that the kernel gives a
	// new file. Both are zero until they are needed.
	owner, born disk.Stat
}

// ErrFlush means that [Batch.Create] or [Batch.HandOn] could not store messages that were
// committed before: their error is one that Flush would have returned. Test for it with
// errors.Is.
var ErrFlush = errors.New("storing failed")

type flushError struct{ error }

func (e flushError) Is(target error) bool { return target == ErrFlush }
func (e flushError) Unwrap() error        { return e.error }

// NewBatch returns a batch that stores messages in d. It calls stored with the path
// of each entry, in the order of Commit, once the entry is durable. If stored fails, it
// is not called for the rest of the group, and the method that called it returns its
// error.
func (d *Dir) NewBatch(stored func(path string) error) Batch { return d.newBatch(stored) }

func (d *Dir) newBatch(stored func(path string) error) *batch {
	// Two groups are open at a time.
	limit := (d.sys.OpenFiles() - otherFiles) / 2
	return &batch{dir: d, stored: stored, limit: min(max(limit, 1), groupEntries), limitBytes: groupBytes}
}

func (b *batch) Flush() error {
	err := b.syncGroup()
	if err != nil && b.failed != nil {
		b.Abort() // this group comes after the one that failed
	} else {
		err = errors.Join(err, b.publish())
	}
	b.failed = nil
	return err
}

func (b *batch) Abort() {
	if b.syncing != nil {
		b.syncing.wait()
		b.group = append(b.group, b.syncing.group...)
		b.syncing = nil
	}
	for i := range b.group {
		b.group[i].discard(b.dir)
	}
	b.group, b.bytes, b.failed = nil, 0, nil
}

// makeRoom begins a new group if this one is full.
func (b *batch) makeRoom() error {
	if len(b.group) < b.limit && b.bytes < b.limitBytes {
		return nil
	}
	if err := b.syncGroup(); err != nil {
		return flushError{err}
	}
	return nil
}

// join adds a message, whose file is size bytes long, to the group.
func (b *batch) join(u unsynced, size int64) {
	b.group = append(b.group, u)
	b.bytes += size
	if len(b.group) == fewFiles && !b.reserved {
		b.dir.dir.Reserve(2*b.limit + otherFiles)
		b.reserved = true
	}
}

// syncGroup publishes the previous group and begins to sync this one.
func (b *batch) syncGroup() error {
	err := b.publish()
	if len(b.group) > 0 {
		b.syncing = &syncing{group: b.group, wait: b.dir.startSyncGroup(b.group)}
		b.group, b.spareGroup = b.spareGroup, nil
	}
	b.bytes = 0
	return err
}

// findOwner looks up, once, who owns the queue.
func (b *batch) findOwner() error {
	if b.owner != (disk.Stat{}) {
		return nil
	}
	st, err := b.dir.dir.Stat()
	if err != nil {
		return &Error{Path: b.dir.path, Err: err}
	}
	b.owner = st
	return nil
}

// own gives a new file the queue's group and, if the process may, its owner. Mailman can
// then read it whatever the umask is. Only the first file needs a stat call, because the
// kernel gives all new files the same owner and group.
func (b *batch) own(f disk.File) error {
	if b.born == (disk.Stat{}) {
		st, err := f.Stat()
		if err != nil {
			return err
		}
		b.born = st
	}
	return give(f, b.born, b.owner, ourMode)
}
