package queue

import (
	"errors"

	"switchboard/pkg/queue/internal/disk"
)

// largestGroup is how many entries at most share syncs, smallestGroup how many of many at
// least.
const (
	largestGroup  = 2048
	smallestGroup = 512
)

// carryOut carries out what is asked of the entries ids, in groups, and tells done each
// outcome. begun are changes whose tails are written already; they are the first group.
//
// A group takes each step as a whole, and up to four groups are at work at once. A column
// is one turn of the loop below:
//
//	group 1 | take, tail | sync, flip | sync       | move, sync names, tell |
//	group 2 |            | take, tail | sync, flip | sync                   | move, sync names, tell |
//	group 3 |            |            | take, tail | sync, flip             | sync                   |
//	group 4 |            |            |            | take, tail             | sync, flip             |
//
// This is one turn, the fourth, in time. The sync of content is one, for two groups:
//
//	group 1 |                  move | sync names ------------> | tell
//	group 2 | sync -----------------------------> |
//	group 3 | sync -----------------------------> | flip |
//	group 4 | take, tail |
//
// So a batch waits for the disk once per group, and for a short time.
func (d *Dir) carryOut(begun []*change, ids []ID, r *request, done func(Outcome, error)) {
	size := r.group
	if size == 0 {
		// Four groups are open at a time.
		size = min(max((d.sys.OpenFiles()-otherFiles)/4, 1), largestGroup)
	}
	if len(ids) > fewFiles {
		d.dir.Reserve(min(len(ids), 4*size) + otherFiles)
	}
	// Groups whose tails are written, whose flips are, and whose flips are durable.
	tailed, flipped, durable := begun, []*change(nil), []*change(nil)
	n := 0
	for open := len(tailed); len(ids) > 0 || open > 0; open = len(tailed) + len(flipped) + len(durable) {
		content := d.startSyncOf(tailed, flipped)
		n = min(groupSize(n, len(ids)), size)
		next, took := d.beginGroup(ids[:n], r, open > 0)
		ids = ids[took:]
		names := d.moveGroup(durable, r)
		content()
		flipGroup(tailed)
		tell(durable, names(), done)
		tailed, flipped, durable = next, tailed, flipped
	}
}

// carryOutOne carries out what is asked of one entry, and returns its new path.
func (d *Dir) carryOutOne(id ID, r *request) (path string, err error) {
	d.carryOut(nil, []ID{id}, r, func(o Outcome, failed error) {
		if err = failed; err == nil {
			path = o.To
		}
	})
	return path, err
}

// groupSize is how many entries are to be begun with next, when last were before and left
// are left. More than one group begins with a small one, because the disk has nothing to do
// meanwhile, and ends with a small one, because then only the disk has.
func groupSize(last, left int) int {
	if last == 0 && left <= largestGroup {
		return left
	}
	return min(left, largestGroup, max(2*last, smallestGroup), max(left/2, smallestGroup))
}

// startSyncOf begins to make durable the tails of one group and the flips of another. wait
// waits for that. A change whose content is not durable goes no further.
func (d *Dir) startSyncOf(tailed, flipped []*change) (wait func()) {
	var dirty []*change
	var files []disk.File
	add := func(group []*change, concerns func(*change) bool) {
		for _, c := range group {
			if concerns(c) {
				dirty, files = append(dirty, c), append(files, c.file)
			}
		}
	}
	add(tailed, (*change).tailed)
	add(flipped, (*change).amended)
	synced := d.startSync(files)
	return func() {
		for i, err := range synced() {
			if err != nil {
				dirty[i].err = dirty[i].fail(err)
			}
		}
	}
}

// beginGroup begins with a group, up to the tails. It returns how many of ids it took:
// fewer if too many files are open, and others are going to be closed.
func (d *Dir) beginGroup(ids []ID, r *request, others bool) (group []*change, took int) {
	for i, id := range ids {
		c := d.begin(id, r)
		if Crowded(c.err) && (others || i > 0) {
			c.close()
			return group, i
		}
		if c.hasGone(c.err) {
			c.close()
			continue
		}
		group = append(group, c)
	}
	return group, len(ids)
}

// hasGone says that an entry has gone since the listing, which is not worth telling.
func (c *change) hasGone(err error) bool { return !c.asks.named && errors.Is(err, ErrState) }

func flipGroup(group []*change) {
	for _, c := range group {
		if !c.flips() {
			continue
		}
		if err := flip(c.file, c.patch); err != nil {
			c.err = c.fail(err)
		}
	}
}

// moveGroup gives entries whose metadata is durable their new names, and begins to make
// these durable. names says how that went: a failure is theirs.
func (d *Dir) moveGroup(group []*change, r *request) (names func() error) {
	if len(group) == 0 || r.dryRun {
		return func() error { return nil }
	}
	oldest := make(map[*Dir]ID)
	for _, c := range group {
		if c.err != nil {
			continue
		}
		if c.err = c.move(); c.err != nil || c.plan.as != Ready {
			continue
		}
		if first, ok := oldest[c.queue]; !ok || c.id.Compare(first) < 0 {
			oldest[c.queue] = c.id
		}
	}
	for queue, id := range oldest {
		queue.outdate(id)
	}
	if r.verb == requeues || r.verb == copies {
		return func() error { return nil } // Dir.Sync does, and copyOver has done it
	}
	return d.startSyncMoves()
}

// tell tells what became of the entries, now that their names are durable, or with the
// error that they may not be. It would not help if a later sync of the filesystem
// succeeded: see disk.Dir.SyncFS.
func tell(group []*change, names error, done func(Outcome, error)) {
	for _, c := range group {
		c.close()
		if err := firstError(c.err, names); !c.hasGone(err) {
			done(c.outcome(), err)
		}
	}
}
