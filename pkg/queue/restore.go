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

// restoreGroup is how many entries at most share the three syncs of a restore.
// Each is held open, and locked, until the last.
const restoreGroup = 2048

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
	for len(ids) > 0 {
		ids = ids[d.restoreGroup(ids[:min(len(ids), restoreGroup)], o, named, done):]
	}
}

// restoring is an entry in the middle of being restored.
type restoring struct {
	Restored
	amendment
	stat    stat
	content *message.Content
	set     []message.Setting
	err     error
}

// restoreGroup takes a group through the same steps as a single entry: write
// the tail, sync, flip, sync, rename, sync the directory. Doing each step for
// all before the next one starts costs three waits for the disk in all.
//
// It returns how many of ids it took: fewer when no more files can be open.
func (d *Dir) restoreGroup(ids []ID, o RestoreOptions, named bool, done func(Restored, error)) int {
	group := make([]*restoring, 0, len(ids))
	for i, id := range ids {
		r := d.beginRestore(id, o)
		if len(group) > 0 && Crowded(r.err) {
			r.close()
			ids = ids[:i]
			break
		}
		if !named && errors.Is(r.err, ErrState) {
			r.close()
			continue // it was finished or restored since the listing
		}
		group = append(group, r)
	}
	if !o.DryRun {
		d.step(group, (*restoring).tailed, restoring.prepare)
		d.syncStep(group, (*restoring).tailed)
		d.step(group, (*restoring).patched, restoring.flip)
		d.syncStep(group, (*restoring).unsynced)
		for _, r := range group {
			if r.err == nil {
				r.err = d.finishRestore(r)
			}
		}
		if err := d.Sync(); err != nil {
			for _, r := range group {
				r.err = firstError(r.err, err)
			}
		}
	}
	for _, r := range group {
		r.close()
		done(r.Restored, r.err)
	}
	return len(ids)
}

func (r *restoring) close() {
	if r.file != nil {
		r.file.Close()
	}
}

func (r *restoring) patched() bool { return r.err == nil && r.patch.FlipOff > 0 }
func (r *restoring) tailed() bool  { return r.patched() && len(r.patch.Tail) > 0 }

// unsynced says whether what was patched may not be on the disk yet: now, or by
// a run that was killed.
func (r *restoring) unsynced() bool {
	return r.patched() || r.err == nil && r.content != nil && len(r.set) == 0
}

// step does one step for all entries that it concerns.
func (d *Dir) step(group []*restoring, concerns func(*restoring) bool, do func(restoring) error) {
	for _, r := range group {
		if concerns(r) {
			r.err = do(*r)
		}
	}
}

// syncStep makes the step before it durable in all entries that it concerned.
func (d *Dir) syncStep(group []*restoring, concerns func(*restoring) bool) {
	if d.opt.NoSync {
		return
	}
	var dirty []*restoring
	for _, r := range group {
		if concerns(r) {
			dirty = append(dirty, r)
		}
	}
	if len(dirty) >= syncTogether {
		// On an error each file is asked for its own part in it.
		if ok, err := d.dir.SyncFS()(); ok && err == nil {
			return
		}
	}
	if len(dirty) > 1 {
		for _, r := range dirty {
			r.file.StartSync()
		}
	}
	d.step(group, concerns, restoring.sync)
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
	r.content, err = message.Read(f, r.stat.size)
	if errors.Is(err, ErrMalformed) {
		r.Preserved, r.Unreadable = true, true
	} else if err != nil {
		return fail(&Error{Path: path, Err: err})
	} else if d.halfShunted(f, r.stat, id, r.content) {
		r.Shunted, r.To, r.Restores = true, d.shunt.EntryPath(id, Ready), r.content.Restores()
	} else {
		d.plan(r, o.MaxRestores)
	}
	if r.Preserved {
		r.To = join(d.badPath(), id.Name(Preserved))
	}
	if o.DryRun || len(r.set) == 0 {
		return r
	}
	if r.stat.nlink > 1 {
		r.file, r.err = d.amend(f, r.stat, id, InFlight, r.content, true, r.set)
		return r
	}
	if r.patch, err = r.content.Patch(r.set...); err != nil {
		r.err = &Error{Path: path, Err: err}
	}
	r.content = nil // thousands of them would be in memory at once
	return r
}

func busyRemedy(err error) string {
	if err != nil {
		return ""
	}
	return "its handler still runs; if not, see who has it open with fuser(1)"
}

// plan says what the entry's metadata will be. An entry whose count has
// reached the limit already is not counted again: it may be in the middle of
// being put aside, and the copy of it must stay equal.
func (d *Dir) plan(r *restoring, limit int) {
	count := r.content.Restores()
	r.Restores = count
	if limit <= 0 || count < limit {
		r.Restores = min(max(count, min(count+1, maxCount)), maxCount)
		r.set = append(r.set, message.Setting{Key: countKey, Value: r.Restores})
	}
	if limit > 0 && r.Restores >= limit {
		r.Preserved = true
		if origin := d.origin(r.content); r.content.WhichQueue() != origin {
			r.set = append(r.set, message.Setting{Key: "whichq", Value: origin})
		}
	}
}

// finishRestore gives the entry, its count durable, its new name.
func (d *Dir) finishRestore(r *restoring) error {
	if r.Shunted {
		return d.transfer(r.file, r.ID, InFlight, d.shunt, Ready)
	}
	if !r.Preserved {
		return d.move(r.ID, InFlight, d, Ready)
	}
	bad, err := d.openBad()
	if err != nil {
		return err
	}
	return d.transfer(r.file, r.ID, InFlight, bad, Preserved)
}
