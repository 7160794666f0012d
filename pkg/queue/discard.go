package queue

import "switchboard/pkg/queue/internal/disk"

// DiscardOptions say what Discard may do.
type DiscardOptions struct {
	// From is the state of the entries: Ready or Preserved.
	From State
	// Listed means that the entries come from a listing. One that has gone since is not an
	// error.
	Listed bool
	// DryRun only reports, and changes nothing.
	DryRun bool
}

// Discard deletes entries that nobody has handled. It calls done with each outcome, whose
// To is "", once it is durable. An entry that another process has locked stays ([ErrBusy]).
// If a crash interrupted an entry's move to another queue, Discard completes that move, and
// the outcome is [ErrState]: the entry is not the one that was named any more.
func (d *Dir) Discard(ids []ID, o DiscardOptions, done func(Outcome, error)) {
	d.carryOut(nil, these(ids...), &request{verb: discards, from: o.From, named: !o.Listed, dryRun: o.DryRun}, done)
}

// discard unlinks the entry. Whoever claims it at this moment without a lock, as Mailman
// does, renames it either before this, and discard fails, or not at all.
func (c *change) discard() error {
	err := c.dir.dir.Unlink(c.id.Name(c.asks.from))
	if err == disk.ErrNotExist {
		err = missing(c.asks.from)
	}
	if err != nil {
		return c.fail(err)
	}
	c.dir.touch(c.dir)
	return nil
}
