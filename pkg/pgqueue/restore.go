package pgqueue

import (
	"slices"
	"time"

	"switchboard/pkg/message"
	"switchboard/pkg/pgqueue/internal/server"
	"switchboard/pkg/queue"
)

// maxCount is the highest count that fits into its one byte.
const maxCount = 255

// found is an entry in flight, as a listing found it.
type found struct {
	row
	// recent means that it was claimed or changed too lately.
	recent bool
}

// columnsInFlight are the columns of a found.
const columnsInFlight = rowColumns + `,
	coalesce(changed_at > statement_timestamp() - make_interval(secs => $1), false)`

// A page of entries in flight, in order: all, or those whose lease has ended.
const (
	pageInFlight = "select " + columnsInFlight + ` from switchboard.entry
		where queue = $2 and state = 2 and (received, digest) > ($3, $4) and digest >= $5 and digest <= $6
			and ($7 or lease_until <= statement_timestamp())
		order by received, digest limit 500`
	namedInFlight = "select " + columnsInFlight + ` from switchboard.entry
		where queue = $2 and base = any ($3::text[]) and state + 0 = 2`
)

// Restore restores as [queue.Dir.Restore] does. An entry whose lease has not ended is
// [queue.ErrBusy].
func (q *Queue) Restore(o queue.RestoreOptions, done func(queue.Outcome, error)) error {
	return q.restoreSlice(o, true, done)
}

// RestoreEnded restores only entries whose lease has ended. MinAge is not for them: their
// worker is gone.
func (q *Queue) RestoreEnded(o queue.RestoreOptions, done func(queue.Outcome, error)) error {
	o.MinAge = 0
	return q.restoreSlice(o, false, done)
}

// RestoreAndSweep only restores: a database has no temporary files.
func (q *Queue) RestoreAndSweep(o queue.RestoreOptions, _ time.Duration, done func(queue.Outcome, error)) (swept []string, err error) {
	return nil, q.Restore(o, done)
}

// RestoreEntries restores named entries.
func (q *Queue) RestoreEntries(ids []queue.ID, o queue.RestoreOptions, done func(queue.Outcome, error)) {
	q.restoreAll(ids, nil, o, done)
}

func (q *Queue) restoreSlice(o queue.RestoreOptions, all bool, done func(queue.Outcome, error)) error {
	low, last := o.Slice.Bounds()
	for at := first; ; {
		page, err := q.listInFlight(pageInFlight, o.MinAge.Seconds(), q.name, at.received, at.digest, low[:], last[:], all)
		if err != nil || len(page) == 0 {
			return err
		}
		at = keyOf(page[len(page)-1].id)
		q.restorePage(page, o, done)
	}
}

// namedAtOnce is how many named entries are looked for at once.
const namedAtOnce = 500

// restoreAll restores named entries. Claims is as for listNamed.
func (q *Queue) restoreAll(ids []queue.ID, claims map[queue.ID]int64, o queue.RestoreOptions, done func(queue.Outcome, error)) {
	for part := range chunks(ids, namedAtOnce) {
		q.restorePage(q.listNamed(part, claims, o, done), o, done)
	}
}

// listNamed returns those of the named entries that are in flight and, unless claims is nil,
// have the generations there. It calls done with the errors of the others.
func (q *Queue) listNamed(ids []queue.ID, claims map[queue.ID]int64, o queue.RestoreOptions, done func(queue.Outcome, error)) []found {
	page, err := q.listInFlight(namedInFlight, o.MinAge.Seconds(), q.name, bases(ids))
	if claims != nil {
		page = slices.DeleteFunc(page, func(f found) bool { return f.generation != claims[f.id] })
	}
	there := map[queue.ID]bool{}
	for _, f := range page {
		there[f.id] = true
	}
	for _, id := range ids {
		path := q.EntryPath(id, queue.InFlight)
		if claims != nil {
			path = q.claimPath(id, claims[id])
		}
		switch {
		case err != nil:
			done(queue.Outcome{ID: id, From: path}, failed(path, err))
		case !there[id] && !o.Listed:
			done(queue.Outcome{ID: id, From: path}, failed(path, notClaimed))
		}
	}
	return page
}

// listInFlight runs a statement that returns columnsInFlight.
func (q *Queue) listInFlight(sql string, args ...any) ([]found, error) {
	page, err := lookFor(q.server, sql, args, func(r server.Row) (f found, err error) {
		err = f.scan(r, &f.recent)
		return f, err
	})
	return page, failed(q.Path(), err)
}

// restorePage restores those entries of a page that may be.
func (q *Queue) restorePage(page []found, o queue.RestoreOptions, done func(queue.Outcome, error)) {
	var rows, mine []row
	for _, f := range page {
		path := q.claimPath(f.id, f.generation)
		switch {
		case f.held != "" && q.leases.left(f.generation):
			mine = append(mine, f.row)
		case f.held != "":
			done(queue.Outcome{ID: f.id, From: path}, &queue.Error{Path: path, Err: held(f.held), Remedy: "wait for its handler to end"})
		case f.recent && o.MinAge > 0:
			done(queue.Outcome{ID: f.id, From: path}, failed(path, queue.ErrRecent))
		default:
			rows = append(rows, f.row)
		}
	}
	c := change{
		kind: queue.WasRestored, from: queue.InFlight, dry: o.DryRun,
		plan: func(_ queue.ID, c *message.Content) (plan, error) { return q.planRestore(c, o.MaxRestores), nil },
	}
	q.change(rows, c, done)
	c.own = true
	q.change(mine, c, done)
}

// planRestore counts the restore. At the limit it notes the origin and preserves the entry.
func (q *Queue) planRestore(c *message.Content, limit int) plan {
	if c == nil {
		return plan{to: q.badPath(), as: queue.Preserved, unreadable: true}
	}
	p := plan{as: queue.Ready, restores: c.Restores()}
	if limit <= 0 || p.restores < limit {
		p.restores = min(p.restores+1, maxCount)
		p.set = append(p.set, message.Setting{Key: message.CountKey, Value: p.restores})
	}
	if limit > 0 && p.restores >= limit {
		p.to, p.as = q.badPath(), queue.Preserved
		p.set = append(p.set, q.noteOrigin(c)...)
	}
	return p
}

// noteOrigin returns the settings for an entry that leaves the queue: release needs its origin.
func (q *Queue) noteOrigin(c *message.Content) []message.Setting {
	if origin := q.origin(c); c.WhichQueue() != origin {
		return []message.Setting{{Key: message.WhichQueueKey, Value: origin}}
	}
	return nil
}
