package queue

import (
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
	// MinAge is how long ago (by ctime) an entry must have been claimed or changed to be
	// restored. A time more than ClockSkew in the future counts as old.
	MinAge time.Duration
	// MaxRestores is the count at which an entry is preserved instead of made ready. 0
	// means no limit.
	MaxRestores int
	// Listed means that the entries of RestoreEntries come from a listing. One that has gone
	// since is not an error.
	Listed bool
	// DryRun only reports, and changes nothing.
	DryRun bool

	// group is the size of a group, if it is not largestGroup.
	group int
}

// Outcome is what happened to one entry.
type Outcome struct {
	ID ID
	// From is the entry's old path, To its new one.
	From, To string
	// Restores is the new restore count.
	Restores int
	// Preserved means that the entry is in the bad queue.
	Preserved bool
	// Unreadable means that the entry was preserved because it cannot be read.
	Unreadable bool
	// Interrupted means that a crash had interrupted the entry's move to another queue
	// (to the bad queue if Preserved is set), and that this move is now complete.
	Interrupted bool
}

// Why returns the reason and the path of an entry that was preserved or moved on.
func (o Outcome) Why() string {
	switch {
	case o.Unreadable:
		return "cannot be read; preserved as " + o.To
	case o.Interrupted:
		return "a crash interrupted its move, which is now complete: " + o.To
	}
	return fmt.Sprintf("restored %d times; preserved as %s", o.Restores, o.To)
}

// Restore makes every entry in flight of the slice ready again, and counts the restore in
// its metadata. It calls done with each outcome once it is durable. An entry with an
// error stays in flight: it was left alone ([ErrBusy], [ErrRecent]), or restoring it
// failed. Restore itself returns an error only if it cannot list the queue.
func (d *Dir) Restore(o RestoreOptions, done func(Outcome, error)) error {
	listed := &listing{keep: o.Slice.keep()}
	if err := d.list(&byState{InFlight: listed}); err != nil {
		return err
	}
	d.carryOut(nil, toChange{listed: listed}, o.request(false), done)
	return nil
}

// RestoreEntries does the same for named entries of any slice. The outcome of an entry
// that is not in flight is [ErrState], unless o.Listed is set.
func (d *Dir) RestoreEntries(ids []ID, o RestoreOptions, done func(Outcome, error)) {
	d.carryOut(nil, these(ids...), o.request(!o.Listed), done)
}

func (o RestoreOptions) request(named bool) *request {
	return &request{
		verb: restores, from: InFlight, named: named, group: o.group,
		minAge: o.MinAge, limit: o.MaxRestores, dryRun: o.DryRun,
	}
}

// lookBeforeRestore fails if the entry was claimed too recently, or if a ready entry has
// its name. It does so before the count is raised, as the restore does not happen.
func (c *change) lookBeforeRestore() error {
	if c.asks.minAge > 0 && !c.dir.olderThan(c.found.stat.ChangeTime, c.asks.minAge, !c.asks.dryRun) {
		return c.fail(ErrRecent)
	}
	if _, err := c.dir.dir.Lstat(c.id.Name(Ready)); err == nil {
		return &Error{Path: c.path, Err: conflict(c.dir.EntryPath(c.id, Ready)), Remedy: conflictRemedy}
	}
	return nil
}

// planRestore counts the restore. At the limit it notes the origin and preserves the
// entry. It does not count beyond the limit: a crash may have interrupted the entry's move
// to the bad queue, and the entry must stay equal to its copy there.
func planRestore(f *facts, limit int) plan {
	if f.content == nil {
		return plan{to: target{kind: toBadQueue}, as: Preserved, unreadable: true}
	}
	p := plan{as: Ready, sets: true, restores: f.content.Restores()}
	if limit <= 0 || p.restores < limit {
		p.restores = min(p.restores+1, maxCount)
		p.set = append(p.set, message.Setting{Key: countKey, Value: p.restores})
	}
	if limit > 0 && p.restores >= limit {
		p.to.kind, p.as = toBadQueue, Preserved
		p.set = append(p.set, f.noteOrigin()...)
	}
	return p
}
