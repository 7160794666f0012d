package queue

import (
	"errors"
	"fmt"
	"time"

	"switchboard/pkg/message"
)

// DefaultMaxRestores is Mailman's limit: an entry is tried, and restored twice.
const DefaultMaxRestores = 3

const countKey = message.CountKey

// maxCount is the highest count that fits into its one byte.
const maxCount = 255

// RestoreOptions say what Restore may do.
type RestoreOptions struct {
	// Slice is the part of the queue that is restored.
	Slice Slice
	// MinAge leaves entries alone whose file was claimed or changed (ctime)
	// more recently. A time more than ClockSkew ahead leaves nothing alone.
	MinAge time.Duration
	// MaxRestores is the count at which an entry is preserved instead of made
	// ready; 0 is never.
	MaxRestores int
	// DryRun reports and changes nothing.
	DryRun bool

	// group is the size of a group, if it is not largestGroup.
	group int
}

// Restored is what became of one entry.
type Restored struct {
	ID ID
	// From and To are its old and its new path.
	From, To string
	// Restores is the new count.
	Restores int
	// Preserved says that it is in the bad queue.
	Preserved bool
	// Unreadable says that it was preserved because it cannot be read.
	Unreadable bool
	// Interrupted says that a crash had interrupted its move to another queue, the bad
	// queue if it is Preserved, and that this move has been completed.
	Interrupted bool
}

// Why says why and where an entry was preserved.
func (r Restored) Why() string {
	switch {
	case r.Unreadable:
		return "cannot be read; preserved as " + r.To
	case r.Interrupted:
		return "a crash interrupted its move, which is now complete: " + r.To
	}
	return fmt.Sprintf("restored %d times; preserved as %s", r.Restores, r.To)
}

// Restore makes every entry in flight, of the slice, ready again, and counts
// that. done is told each outcome once it is durable: an error is an entry that
// was left alone (ErrBusy, ErrRecent) or that failed, and is still in flight.
// The returned error is one that ended the whole.
func (d *Dir) Restore(o RestoreOptions, done func(Restored, error)) error {
	ids, err := d.List(InFlight, o.Slice.Filter())
	if err != nil {
		return err
	}
	d.restore(ids, o, false, done)
	return nil
}

// RestoreEntries does the same for named entries, of any slice. For those that
// are not in flight done is told ErrState.
func (d *Dir) RestoreEntries(ids []ID, o RestoreOptions, done func(Restored, error)) {
	d.restore(ids, o, true, done)
}

func (d *Dir) restore(ids []ID, o RestoreOptions, named bool, done func(Restored, error)) {
	d.inGroups(ids, steps{
		begin:  func(id ID) *restoring { return d.beginRestore(id, o) },
		finish: d.finishRestore,
		named:  named, dryRun: o.DryRun, group: o.group,
	}, done)
}

// beginRestore opens and locks an entry and plans what is to become of it.
func (d *Dir) beginRestore(id ID, o RestoreOptions) *restoring {
	r := d.take(id, InFlight, o.DryRun)
	if r.err != nil {
		return r
	}
	r.To = d.EntryPath(id, Ready)
	if o.MinAge > 0 && !d.olderThan(r.stat.ChangeTime, o.MinAge, !o.DryRun) {
		return r.fail(ErrRecent)
	}
	if _, err := d.dir.Lstat(id.Name(Ready)); err == nil {
		r.err = &Error{Path: r.path, Err: conflict(r.To), Remedy: conflictRemedy}
		return r
	}
	content, err := message.Read(r.file, r.stat.Size)
	if err == nil {
		defer content.Release() // thousands of them would be in memory at once
	}
	r.Unreadable = errors.Is(err, ErrMalformed)
	if err != nil && !r.Unreadable {
		return r.fail(err)
	}
	if d.interrupted(r, content, nil, o.DryRun) {
		return r
	}
	var set []message.Setting
	if r.Unreadable {
		r.Preserved = true
	} else {
		set = d.plan(r, content, o.MaxRestores)
	}
	if r.Preserved {
		r.To = join(d.badPath(), id.Name(Preserved))
	}
	if o.DryRun || r.Unreadable {
		return r
	}
	return d.planAmend(r, content, set)
}

// plan says what of the entry's metadata is to be set. An entry whose count has
// reached the limit already is not counted again: it may be on its way to
// the bad queue, and must stay equal to its copy there.
func (d *Dir) plan(r *restoring, content *message.Content, limit int) (set []message.Setting) {
	count := content.Restores()
	r.Restores = count
	if limit <= 0 || count < limit {
		r.Restores = min(count+1, maxCount)
		set = append(set, message.Setting{Key: countKey, Value: r.Restores})
	}
	if limit > 0 && r.Restores >= limit {
		r.Preserved = true
		set = append(set, d.noteOrigin(content)...)
	}
	return set
}

// finishRestore gives the entry, its count durable, its new name.
func (d *Dir) finishRestore(r *restoring) (err error) {
	switch {
	case r.twin != nil:
	case r.Preserved:
		r.as = Preserved
		if r.queue, err = d.openBad(); err != nil {
			return err
		}
	default:
		r.queue, r.as = d, Ready
	}
	return d.moveTaken(r)
}
