package queue

import "switchboard/pkg/message"

// ReleaseOptions say what Release may do.
type ReleaseOptions struct {
	// From is the state of the entries: Preserved, or Ready in a shunt queue.
	From State
	// Slice is the part of the queue that is released.
	Slice Slice
	// Target names the queue that an entry is to go to: see Dir.Origin.
	Target func(ID, *message.Content) (*Dir, error)
	// DryRun reports and changes nothing.
	DryRun bool

	// group is the size of a group, if it is not largestGroup.
	group int
}

// Release releases the entries of a slice, preserved ones or those of a shunt queue:
// they become ready in other queues, their counts of restores 0 again. done is told
// each outcome once it is durable. After an error the entry stays where it is. The
// returned error is one that ended all of it.
func (d *Dir) Release(o ReleaseOptions, done func(Restored, error)) error {
	ids, err := d.List(o.From, o.Slice.Filter())
	if err != nil {
		return err
	}
	d.release(ids, o, false, done)
	return nil
}

// ReleaseEntries does the same for named entries, of any slice. For those that
// are not there done is told ErrState.
func (d *Dir) ReleaseEntries(ids []ID, o ReleaseOptions, done func(Restored, error)) {
	d.release(ids, o, true, done)
}

func (d *Dir) release(ids []ID, o ReleaseOptions, named bool, done func(Restored, error)) {
	d.inGroups(ids, steps{
		begin:  func(id ID) *restoring { return d.beginRelease(id, o) },
		finish: d.moveTaken,
		named:  named, dryRun: o.DryRun, group: o.group,
	}, done)
}

// beginRelease opens and locks an entry and plans what is to become of it.
func (d *Dir) beginRelease(id ID, o ReleaseOptions) *restoring {
	r := d.take(id, o.From, o.DryRun)
	if r.err != nil {
		return r
	}
	content, err := message.Read(r.file, r.stat.Size)
	if err != nil {
		r.err = &Error{Path: r.path, Err: err, Remedy: "qcat --raw shows how far it can be read"}
		return r
	}
	defer content.Release()
	var target *Dir
	if target, r.err = o.Target(id, content); d.interrupted(r, content, target, o.DryRun) {
		return r
	}
	r.queue = target
	r.as, r.To = Ready, r.queue.EntryPath(id, Ready)
	if o.From == Ready {
		// Its own name would be in its way, and be taken for another entry's.
		mine, err := d.dir.Stat()
		its, errTo := r.queue.dir.Stat()
		if err = firstError(err, errTo); err == nil && mine.Same(its) {
			err = originError("is in that queue already")
		}
		if err != nil {
			return r.fail(err)
		}
	}
	if r.queue.Has(id, InFlight) {
		return r.fail(conflict(r.queue.EntryPath(id, InFlight)))
	}
	if o.DryRun {
		return r
	}
	var set []message.Setting
	if v := content.Value(countKey); v != nil && content.Restores() != 0 {
		set = append(set, message.Setting{Key: countKey, Value: 0})
	}
	return d.planAmend(r, content, set)
}
