package queue

import (
	"errors"

	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/disk"
)

// largestGroup is how many entries at most share the syncs of a restore,
// smallestGroup how many of many at least.
const (
	largestGroup  = 2048
	smallestGroup = 512
)

// restoring is an entry in the middle of being restored, preserved or released.
// It is held open, and locked, to the end.
type restoring struct {
	Restored
	amendment
	from State
	stat disk.Stat
	// settled says that nothing is to be set: an earlier run may have, and been
	// killed before its sync.
	settled bool
	// queue is where it goes to, and as what.
	queue *Dir
	as    State
	// twin is set if it is there already, and only its old name has to go.
	twin *twin
	err  error
}

func (r *restoring) patched() bool { return r.err == nil && r.patch.FlipOff > 0 }
func (r *restoring) tailed() bool  { return r.patched() && len(r.patch.Tail) > 0 }
func (r *restoring) flipped() bool { return r.patched() || r.err == nil && r.settled }

func (r *restoring) close() {
	if r.file != nil {
		r.file.Close()
	}
	r.twin.close()
}

// interrupted looks for the entry in other queues, and says whether all that is left to
// do is to complete a move. target is the queue that it is to go to now, or nil.
func (d *Dir) interrupted(r *restoring, c *message.Content, target *Dir, dryRun bool) bool {
	t, err := d.twinOf(r.file, r.stat, r.ID, r.from, c, target)
	switch {
	case err != nil:
		r.err = err
	case t == nil:
	case t.stays:
		r.twin, r.queue, r.as, r.To = t, t.queue, t.as, t.path(r.ID)
		r.Interrupted, r.Preserved, r.err = true, t.as == Preserved, nil
		if c != nil {
			r.Restores = c.Restores()
		}
	case dryRun:
		t.close()
	default:
		if err := d.arrived(t, r.stat, r.ID, r.from); err != nil {
			r.err = err
		} else {
			r.stat.Nlink--
		}
		t.close()
	}
	return r.err != nil || r.twin != nil
}

// fail is r with an error that is about its file.
func (r *restoring) fail(err error) *restoring {
	r.err = &Error{Path: r.path, Err: err}
	return r
}

// take opens and locks an entry. Whether the file has its name still it asks only
// then: another restorer may have been faster, and the entry be ready, or claimed
// anew. A dry run works on a filesystem that is mounted read-only.
func (d *Dir) take(id ID, from State, dryRun bool) *restoring {
	path := d.EntryPath(id, from)
	r := &restoring{Restored: Restored{ID: id, From: path}, from: from}
	r.path = path
	how := disk.Dir.OpenRW
	if dryRun {
		how = disk.Dir.Open
	}
	var locked bool
	r.file, r.stat, locked, r.err = d.openLocked(id, from, how, disk.File.Lock)
	if dryRun && errors.Is(r.err, disk.ErrNotWritable) {
		// NFS 4 locks only what is open for writing.
		r.file, r.stat, locked, r.err = d.openLocked(id, from, disk.Dir.OpenRW, disk.File.Lock)
	}
	if r.err != nil {
		return r
	}
	if !locked {
		r.err = d.busy(r.file, path)
		return r
	}
	r.size = r.stat.Size
	now, err := d.dir.Relook(id.Name(from))
	if err == disk.ErrNotExist || err == nil && !now.Same(r.stat) {
		err = missing(from)
	}
	if err != nil {
		return r.fail(err)
	}
	return r
}

// planAmend plans the change of the keys that are to be set.
func (d *Dir) planAmend(r *restoring, c *message.Content, set []message.Setting) *restoring {
	var err error
	switch {
	case len(set) == 0:
		r.settled = true
	case r.stat.Nlink > 1:
		r.file, r.err = d.amend(r.file, r.stat, r.ID, r.from, c, true, set)
	default:
		if r.patch, err = c.Patch(set...); err != nil {
			return r.fail(err)
		}
	}
	return r
}

// steps are what restoring, preserving and releasing differ in.
type steps struct {
	// begin takes an entry and plans its change.
	begin func(ID) *restoring
	// finish gives it its new name, and says where that is: see moveTaken.
	finish func(*restoring) error
	// named says that each entry was asked for by name: that it has gone is
	// worth telling.
	named, dryRun bool
	// group is the size of a group, if it is not largestGroup.
	group int
}

// inGroups takes entries through the steps of a restore: write the tail, sync,
// flip, sync, rename, sync the directories. Each step is done for a group of
// entries before the next one starts, and a sync is for the flips of one group
// and the tails of the next. While it is under way the group after those is
// begun, and the one before them renamed; the directories are synced for that
// while the next one is flipped. So a batch costs a wait for the disk a group, and
// a short one.
func (d *Dir) inGroups(ids []ID, s steps, done func(Restored, error)) {
	size := s.group
	if size == 0 {
		// Four groups are open at a time.
		size = min(max((d.sys.OpenFiles()-otherFiles)/4, 1), largestGroup)
	}
	if len(ids) > fewFiles {
		d.dir.Reserve(min(len(ids), 4*size) + otherFiles)
	}
	// Groups whose tails are written, whose flips are, and whose flips are durable.
	var tailed, flipped, counted []*restoring
	n := 0
	for open := 0; len(ids) > 0 || open > 0; open = len(tailed) + len(flipped) + len(counted) {
		content := d.startSyncOf(tailed, flipped)
		n = min(groupSize(n, len(ids)), size)
		next, took := s.beginGroup(ids[:n], open > 0)
		ids = ids[took:]
		names := d.finishGroup(s, counted)
		content()
		for _, r := range tailed {
			if r.patched() {
				r.err = r.flip()
			}
		}
		s.tell(counted, names(), done)
		tailed, flipped, counted = next, tailed, flipped
	}
}

// groupSize is how many entries are to be begun with next, when last were before
// and left are left. What is more than a group is begun with fewer, as the disk has
// nothing to do meanwhile, and ended with fewer, as then only the disk has.
func groupSize(last, left int) int {
	if last == 0 && left <= largestGroup {
		return left
	}
	return min(left, largestGroup, max(2*last, smallestGroup), max(left/2, smallestGroup))
}

// startSyncOf begins to make two groups' last steps durable. What wait finds not
// to be goes no further.
func (d *Dir) startSyncOf(tailed, flipped []*restoring) (wait func()) {
	var dirty []*restoring
	var files []disk.File
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
func (s *steps) beginGroup(ids []ID, others bool) (group []*restoring, took int) {
	for i, id := range ids {
		r := s.begin(id)
		if Crowded(r.err) && (others || i > 0) {
			r.close()
			return group, i
		}
		if !s.named && errors.Is(r.err, ErrState) {
			r.close()
			continue // it has gone since the listing
		}
		if r.tailed() {
			r.err = r.prepare()
		}
		group = append(group, r)
	}
	return group, len(ids)
}

// finishGroup gives entries, their counts durable, their new names, and begins to
// make these durable. names says how that went: a failure is theirs.
func (d *Dir) finishGroup(s steps, group []*restoring) (names func() error) {
	if len(group) == 0 {
		return func() error { return nil }
	}
	oldest := make(map[*Dir]ID)
	for _, r := range group {
		if r.err != nil || s.dryRun {
			continue
		}
		if r.err = s.finish(r); r.err != nil || r.as != Ready {
			continue
		}
		if first, ok := oldest[r.queue]; !ok || r.ID.Compare(first) < 0 {
			oldest[r.queue] = r.ID
		}
	}
	for queue, id := range oldest {
		queue.outdate(id)
	}
	if relinked := d.syncRelinked(); relinked != nil {
		return func() error { return firstError(relinked(), d.Sync()) }
	}
	return d.startSyncNames()
}

// moveTaken gives an entry the name that was planned for it.
func (d *Dir) moveTaken(r *restoring) error {
	if r.twin != nil {
		return d.complete(r.twin, r.ID, r.from)
	}
	return d.moveFar(&r.file, r.ID, r.from, r.queue, r.as, true)
}

// tell tells what became of the entries, now that their names are durable, or with
// the error that they may not be. That a sync of the filesystem which came later
// went well would not do: see disk.Dir.SyncFS.
func (s *steps) tell(group []*restoring, names error, done func(Restored, error)) {
	for _, r := range group {
		r.close()
		err := firstError(r.err, names)
		if !s.named && errors.Is(err, ErrState) {
			continue // it has gone since the listing
		}
		done(r.Restored, err)
	}
}
