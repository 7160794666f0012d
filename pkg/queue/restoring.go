package queue

import "errors"

// restoreGroup is how many entries at most share the syncs of a restore.
const restoreGroup = 2048

// restoring is an entry in the middle of being restored. It is held open, and
// locked, to the end.
type restoring struct {
	Restored
	amendment
	stat stat
	// counted says that nothing is to be set: an earlier run has, and may have
	// been killed before its sync.
	counted bool
	err     error
}

func (r *restoring) patched() bool { return r.err == nil && r.patch.FlipOff > 0 }
func (r *restoring) tailed() bool  { return r.patched() && len(r.patch.Tail) > 0 }
func (r *restoring) flipped() bool { return r.patched() || r.err == nil && r.counted }

func (r *restoring) close() {
	if r.file != nil {
		r.file.Close()
	}
}

// restore takes entries through the steps of a restore: write the tail, sync,
// flip, sync, rename, sync the directory. Each step is done for a group of
// entries before the next one starts, and a sync is for the flips of one group
// and the tails of the next, while the one after that is begun: so a batch costs
// two waits for the disk a group.
func (d *Dir) restore(ids []ID, o RestoreOptions, named bool, done func(Restored, error)) {
	size := o.group
	if size == 0 {
		// Three groups are open at a time.
		size = min(max((d.sys.OpenFiles()-otherFiles)/3, 1), restoreGroup)
	}
	var tailed, flipped []*restoring
	for len(ids) > 0 || len(tailed) > 0 || len(flipped) > 0 {
		wait := d.startSyncOf(tailed, flipped)
		next, took := d.beginGroup(ids[:min(len(ids), size)], o, named, len(tailed)+len(flipped) > 0)
		ids = ids[took:]
		wait()
		d.finishGroup(flipped, o, done)
		for _, r := range tailed {
			if r.patched() {
				r.err = r.flip()
			}
		}
		tailed, flipped = next, tailed
	}
}

// startSyncOf begins to make two groups' last steps durable. What wait finds not
// to be goes no further.
func (d *Dir) startSyncOf(tailed, flipped []*restoring) (wait func()) {
	var dirty []*restoring
	var files []file
	add := func(group []*restoring, concerns func(*restoring) bool) {
		for _, r := range group {
			if concerns(r) {
				dirty, files = append(dirty, r), append(files, r.file)
			}
		}
	}
	add(tailed, (*restoring).tailed)
	add(flipped, (*restoring).flipped)
	synced := d.startSync(files)
	return func() {
		for i, err := range synced() {
			if err != nil {
				dirty[i].err = &Error{Path: dirty[i].path, Err: err}
			}
		}
	}
}

// beginGroup begins with a group, up to writing the tails. It returns how many
// of ids it took: fewer when no more files can be open, as others are.
func (d *Dir) beginGroup(ids []ID, o RestoreOptions, named, others bool) (group []*restoring, took int) {
	for i, id := range ids {
		r := d.beginRestore(id, o)
		if Crowded(r.err) && (others || i > 0) {
			r.close()
			return group, i
		}
		if !named && errors.Is(r.err, ErrState) {
			r.close()
			continue // it was finished or restored since the listing
		}
		if r.tailed() {
			r.err = r.prepare()
		}
		group = append(group, r)
	}
	return group, len(ids)
}

// finishGroup gives entries, their counts durable, their new names, and tells
// what became of them once that is.
func (d *Dir) finishGroup(group []*restoring, o RestoreOptions, done func(Restored, error)) {
	if len(group) == 0 {
		return
	}
	var oldest *restoring
	for _, r := range group {
		if r.err != nil || o.DryRun {
			continue
		}
		r.err = d.finishRestore(r)
		if r.err == nil && (oldest == nil || r.ID.Compare(oldest.ID) < 0) {
			oldest = r
		}
	}
	if oldest != nil {
		d.outdate(oldest.ID)
	}
	if err := d.Sync(); err != nil {
		for _, r := range group {
			r.err = firstError(r.err, err)
		}
	}
	for _, r := range group {
		r.close()
		done(r.Restored, r.err)
	}
}

func (d *Dir) finishRestore(r *restoring) error {
	if r.Shunted {
		return d.transfer(r.file, r.ID, InFlight, d.shunt, Ready)
	}
	if !r.Preserved {
		return d.rename(r.ID, InFlight, d, Ready)
	}
	bad, err := d.openBad()
	if err != nil {
		return err
	}
	return d.transfer(r.file, r.ID, InFlight, bad, Preserved)
}
