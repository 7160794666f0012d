package queue

import (
	"errors"
	"slices"

	"switchboard/pkg/queue/internal/disk"
)

// A group of entries that share syncs has at most largestGroup. If there are several
// groups, each has at least smallestGroup, except the last.
const (
	largestGroup  = 1024
	smallestGroup = 512
)

// carryOut carries out a request for entries, in groups, and calls done with each outcome.
// begun has changes whose tails are written already; they are the first group.
//
// A group takes each step as a whole, and up to four groups are in progress at once. Each
// column is one iteration of the loop below:
//
//	group 1 | take, tail | sync, flip | sync       | move, sync names, tell |
//	group 2 |            | take, tail | sync, flip | sync                   | move, sync names, tell |
//	group 3 |            |            | take, tail | sync, flip             | sync                   |
//	group 4 |            |            |            | take, tail             | sync, flip             |
//
// These are the steps of the fourth iteration over time. Groups 2 and 3 share one sync:
//
//	group 1 |                  move | sync names ------------> | tell
//	group 2 | sync -----------------------------> |
//	group 3 | sync -----------------------------> | flip |
//	group 4 | take, tail |
//
// So carryOut waits for the disk only once per group, and briefly.
func (d *Dir) carryOut(begun []*change, entries toChange, r *request, done func(Outcome, error)) {
	size := r.group
	if size == 0 {
		// Four groups are open at a time.
		size = min(max((d.sys.OpenFiles()-otherFiles)/4, 1), largestGroup)
	}
	if entries.len() > fewFiles {
		d.dir.Reserve(min(entries.len(), 4*size) + otherFiles)
	}
	// The group whose tails are written, the one whose flips are written, and the one
	// whose flips are durable.
	tailed, flipped, durable := begun, []*change(nil), []*change(nil)
	n := 0
	for open := len(tailed); entries.len() > 0 || open > 0; open = len(tailed) + len(flipped) + len(durable) {
		content := d.startSyncOf(tailed, flipped)
		n = min(groupSize(n, entries.len()), size)
		next, took := d.beginGroup(entries.first(n), r, open > 0)
		entries.remove(took)
		names := d.moveGroup(durable, r)
		content()
		flipGroup(tailed)
		tell(durable, names(), done)
		tailed, flipped, durable = next, tailed, flipped
	}
}

// toChange are the entries that a request is about: ids, and then those of a listing.
type toChange struct {
	ids    []ID
	listed *listing
}

// these returns the entries of ids.
func these(ids ...ID) toChange { return toChange{ids, &listing{}} }

func (t *toChange) len() int { return len(t.ids) + t.listed.len() }

// first returns the first n IDs.
func (t *toChange) first(n int) []ID {
	t.ids = t.listed.take(t.ids, n-len(t.ids))
	return t.ids[:n]
}

// remove removes the first n IDs.
func (t *toChange) remove(n int) { t.ids = t.ids[n:] }

// carryOutOne carries out a request for one entry, and returns its new path.
func (d *Dir) carryOutOne(id ID, r *request) (path string, err error) {
	d.carryOut(nil, these(id), r, func(o Outcome, failed error) {
		if err = failed; err == nil {
			path = o.To
		}
	})
	return path, err
}

// groupSize returns the size of the next group, after one of last entries (0: none) and
// with left entries to go. If there are several groups, the first is small, because the
// disk is idle while we write its tails, and the last is small, because we are idle while
// the disk syncs it.
func groupSize(last, left int) int {
	if last == 0 && left <= largestGroup {
		return left
	}
	return min(left, largestGroup, max(2*last, smallestGroup), max(left/2, smallestGroup))
}

// startSyncOf begins to make the tails of one group and the flips of another durable. wait
// waits for this, and ends the changes whose sync failed.
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
				dirty[i].err = dirty[i].failFile(err)
			}
		}
	}
}

// beginGroup takes the entries of a group and writes their tails. took is how many of ids
// are in the group: not all if too many files are open and earlier changes will close
// some. others means that there are changes before this group.
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

// hasGone reports whether an entry has gone since the listing. Nobody needs to hear that.
func (c *change) hasGone(err error) bool { return !c.asks.named && errors.Is(err, ErrState) }

func flipGroup(group []*change) {
	for _, c := range group {
		if !c.flips() {
			continue
		}
		if err := flip(c.file, c.patch); err != nil {
			c.err = c.failFile(err)
		}
	}
}

// moveGroup gives entries whose metadata is durable their new names, and begins to make
// the names durable. names waits for this. Its error concerns the whole group.
func (d *Dir) moveGroup(group []*change, r *request) (names func() error) {
	if len(group) == 0 || r.dryRun {
		return func() error { return nil }
	}
	ready := make(map[*Dir][]ID)
	for _, c := range group {
		if c.err != nil {
			continue
		}
		if c.err = c.move(); c.err != nil || c.plan.as != Ready {
			continue
		}
		ready[c.queue] = append(ready[c.queue], c.id)
	}
	for queue, ids := range ready {
		queue.announce(slices.Values(ids))
	}
	if r.verb == requeues || r.verb == copies {
		// Whoever requeues calls Dir.Sync later. copyOver has synced already.
		return func() error { return nil }
	}
	return d.startSyncMoves()
}

// tell calls done with the outcomes of a group, once names has returned. If names is an
// error, the moves may not be durable, and the entries have that error: even if a later
// sync of the filesystem succeeds, it does not prove that they are. See disk.Dir.SyncFS.
func tell(group []*change, names error, done func(Outcome, error)) {
	for _, c := range group {
		c.close()
		c.trace(names)
		if err := firstError(c.err, names); !c.hasGone(err) {
			done(c.outcome(), err)
		}
	}
}
