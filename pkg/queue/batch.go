package queue

import (
	"errors"
	"math"

	"switchboard/pkg/queue/internal/disk"
)

// groupEntries and groupBytes bound how much a Batch leaves unsynced in a group,
// and with it how late the first path of the group is told.
const (
	groupEntries = 1024
	groupBytes   = 32 << 20
)

// otherFiles is how many files are open besides those of a Batch, at most. The
// descriptors of fewFiles more fit without a Reserve.
const (
	otherFiles = 32
	fewFiles   = 32
)

// Batch stores messages in a queue. It syncs them in groups: the disk is waited for
// once per group, and while it works on one group the next one is written.
//
// Write a new message with Create, or store the message of another entry with
// HandOn. End with Flush, or with Abort.
//
// A committed message whose path was told to stored is durable, and is exactly one
// entry. One whose path was not told is at most one entry: usually none, but the
// entry may be there if Flush could not sync the directory, or if stored failed. A
// message that was not committed never becomes an entry. After a crash only
// temporary files may remain, which Dir.SweepTemporary removes.
//
// Like its Dir, a Batch and its pending messages may be used by one goroutine at a
// time.
type Batch struct {
	dir    *Dir
	stored func(path string) error
	// limit is how many entries make a group.
	limit int
	// reserved is set once there is room for the open files of two groups.
	reserved bool
	// group are the messages committed since the last group began, and bytes the
	// length of their files.
	group []unsynced
	bytes int64
	// syncing is the group before, nil if there is none.
	syncing *syncing
	// spareGroup and spareBuffer are memory to use again.
	spareGroup  []unsynced
	spareBuffer []byte
	// owner is the queue's owner and group; born is what new files get from the
	// kernel. Both are zero until they are asked for.
	owner, born disk.Stat
}

// ErrFlush is what errors.Is finds in an error of Create and HandOn that concerns
// messages committed before, as from Flush.
var ErrFlush = errors.New("storing failed")

type flushError struct{ error }

func (e flushError) Is(target error) bool { return target == ErrFlush }
func (e flushError) Unwrap() error        { return e.error }

// NewBatch returns a batch that stores messages in d. It calls stored with the path
// of each entry, in the order of Commit, once the entry is durable. If stored fails,
// it is not told the rest of its group, and the call that told it returns its error.
func (d *Dir) NewBatch(stored func(path string) error) *Batch {
	// Two groups are open at a time, and a few files besides.
	limit := (d.sys.OpenFiles() - otherFiles) / 2
	return &Batch{dir: d, stored: stored, limit: min(max(limit, 1), groupEntries)}
}

// Flush makes entries of all messages that were committed, and tells stored their
// paths. Call it before anything that may wait. Pending messages stay pending.
//
// If it fails, the messages whose paths were not told are not stored, with the
// exceptions that Batch names; the error, or each one joined in it, is an *Error or
// the one of stored.
func (b *Batch) Flush() error {
	err := b.syncGroup()
	return errors.Join(err, b.publish())
}

// Abort removes all messages that were committed and not flushed. Pending messages
// stay pending.
func (b *Batch) Abort() {
	if b.syncing != nil {
		b.syncing.wait()
		b.group = append(b.group, b.syncing.group...)
		b.syncing = nil
	}
	for i := range b.group {
		b.group[i].drop(b.dir)
	}
	b.group, b.bytes = nil, 0
}

// makeRoom begins a new group if this one is full.
func (b *Batch) makeRoom() error {
	if len(b.group) < b.limit && b.bytes < groupBytes {
		return nil
	}
	if err := b.syncGroup(); err != nil {
		return flushError{err}
	}
	return nil
}

// join adds a message, whose file is size bytes long, to the group.
func (b *Batch) join(u unsynced, size int64) {
	b.group = append(b.group, u)
	b.bytes += size
	if len(b.group) == fewFiles && !b.reserved {
		b.dir.dir.Reserve(2*b.limit + otherFiles)
		b.reserved = true
	}
}

// syncGroup makes entries of the group before, and begins to sync this one.
func (b *Batch) syncGroup() error {
	err := b.publish()
	if len(b.group) > 0 {
		files := make([]disk.File, len(b.group))
		for i := range b.group {
			files[i] = b.group[i].file
		}
		b.syncing = &syncing{group: b.group, wait: b.dir.startSync(files)}
		b.group, b.spareGroup = b.spareGroup, nil
	}
	b.bytes = 0
	return err
}

// findOwner asks once who owns the queue.
func (b *Batch) findOwner() error {
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

// own gives a new file the queue's group and, where the process may, its owner, so
// that Mailman can read it whatever the umask is. Only the first file is asked what
// it has already: the kernel gives the others the same.
func (b *Batch) own(f disk.File) error {
	if b.born == (disk.Stat{}) {
		st, err := f.Stat()
		if err != nil {
			return err
		}
		b.born = st
	}
	return give(f, b.born, b.owner, ourMode)
}

// now returns a time later than any it returned before: the entries of one process
// keep their order even if the clock stands still or steps back.
func (b *Batch) now() float64 {
	t := float64(b.dir.sys.Now().UnixMicro()) / 1e6
	if t <= b.dir.stored {
		t = math.Nextafter(b.dir.stored, math.Inf(1))
	}
	b.dir.stored = t
	return t
}
