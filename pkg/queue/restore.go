package queue

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"

	"switchboard/pkg/message"
)

// DefaultMaxRestores is Mailman's limit: an entry is tried, and restored twice.
const DefaultMaxRestores = 3

// countKey is the metadata key in which Mailman counts restores.
const countKey = "_bak_count"

// maxCount is the highest count that fits into its one byte.
const maxCount = 255

// RestoreOptions say what Restore may do.
type RestoreOptions struct {
	// Slice is the part of the queue that is restored.
	Slice Slice
	// MinAge leaves entries alone whose file was claimed or changed (ctime)
	// more recently.
	MinAge time.Duration
	// MaxRestores is the count at which an entry is preserved instead of made
	// ready; 0 is never.
	MaxRestores int
	// DryRun reports and changes nothing.
	DryRun bool

	// group is the size of a group, if it is not restoreGroup.
	group int
}

// Restored is what became of one entry.
type Restored struct {
	ID ID
	// From and To are its old and its new path.
	From, To string
	// Restores is the new count.
	Restores int
	// Preserved says that it was put aside in the bad queue.
	Preserved bool
	// Unreadable says that it was put aside because it cannot be read.
	Unreadable bool
	// Shunted says that a crash had interrupted its move to the shunt queue,
	// and that the move has been ended.
	Shunted bool
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

// beginRestore opens and locks an entry and plans what is to become of it.
// What it finds before it has the lock it asks for again: another restorer may
// have been faster, and the entry be claimed anew.
func (d *Dir) beginRestore(id ID, o RestoreOptions) *restoring {
	path := d.EntryPath(id, InFlight)
	r := &restoring{Restored: Restored{ID: id, From: path, To: d.EntryPath(id, Ready)}}
	r.path = path
	fail := func(err error) *restoring {
		r.err = err
		return r
	}
	f, _, err := d.open(id, InFlight, directory.OpenRW)
	if err != nil {
		return fail(err)
	}
	r.file = f
	if locked, err := f.Lock(); err != nil || !locked {
		return fail(&Error{Path: path, Err: firstError(err, ErrBusy), Remedy: busyRemedy(err)})
	}
	r.stat, err = f.Stat()
	if err != nil {
		return fail(&Error{Path: path, Err: err})
	}
	now, err := d.dir.Lstat(id.Name(InFlight))
	switch {
	case err == unix.ENOENT || err == nil && !now.same(r.stat):
		return fail(&Error{Path: path, Err: d.missing(id, InFlight)})
	case err != nil:
		return fail(&Error{Path: path, Err: err})
	case o.MinAge > 0 && d.sys.Now().Sub(r.stat.ctime) < o.MinAge:
		return fail(&Error{Path: path, Err: ErrRecent})
	}
	if _, err := d.dir.Lstat(id.Name(Ready)); err == nil {
		return fail(&Error{Path: path, Err: conflict(d.EntryPath(id, Ready)),
			Remedy: "compare the two files and remove the one that is not wanted"})
	}
	content, err := message.Read(f, r.stat.size)
	if err == nil {
		defer content.Release() // thousands of them would be in memory at once
	}
	var set []message.Setting
	if errors.Is(err, ErrMalformed) {
		r.Preserved, r.Unreadable = true, true
	} else if err != nil {
		return fail(&Error{Path: path, Err: err})
	} else if d.halfShunted(f, r.stat, id, content) {
		r.Shunted, r.To, r.Restores = true, d.shunt.EntryPath(id, Ready), content.Restores()
	} else {
		set = d.plan(r, content, o.MaxRestores)
	}
	if r.Preserved {
		r.To = join(d.badPath(), id.Name(Preserved))
	}
	switch {
	case o.DryRun || r.Unreadable:
	case len(set) == 0:
		r.counted = true
	case r.stat.nlink > 1:
		r.file, r.err = d.amend(f, r.stat, id, InFlight, content, true, set)
	default:
		r.size = r.stat.size
		if r.patch, err = content.Patch(set...); err != nil {
			r.err = &Error{Path: path, Err: err}
		}
	}
	return r
}

func busyRemedy(err error) string {
	if err != nil {
		return ""
	}
	return "its handler still runs; if not, see who has it open with fuser(1)"
}

// plan says what of the entry's metadata is to be set. An entry whose count has
// reached the limit already is not counted again: it may be in the middle of
// being put aside, and the copy of it must stay equal.
func (d *Dir) plan(r *restoring, content *message.Content, limit int) (set []message.Setting) {
	count := content.Restores()
	r.Restores = count
	if limit <= 0 || count < limit {
		r.Restores = min(max(count, min(count+1, maxCount)), maxCount)
		set = append(set, message.Setting{Key: countKey, Value: r.Restores})
	}
	if limit > 0 && r.Restores >= limit {
		r.Preserved = true
		if origin := d.origin(content); content.WhichQueue() != origin {
			set = append(set, message.Setting{Key: "whichq", Value: origin})
		}
	}
	return set
}
