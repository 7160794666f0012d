package queue

import (
	"switchboard/pkg/message"
)

// ReleaseOptions say what Release may do.
type ReleaseOptions struct {
	// From is the state of the entries: Preserved, or Ready in a shunt queue.
	From State
	// Slice is the part of the queue that is released.
	Slice Slice
	// Target returns the queue that an entry goes to: see Dir.Origin.
	Target func(ID, *message.Content) (Queue, error)
	// Listed means that the entries of ReleaseEntries come from a listing. One that has gone
	// since is not an error.
	Listed bool
	// DryRun only reports, and changes nothing.
	DryRun bool

	// group is the size of a group, if it is not largestGroup.
	group int
}

// Release releases the preserved or shunted entries of a slice: they become ready in other
// queues, with a restore count of 0. It calls done with each outcome once it is durable.
// An entry with an error stays where it is. Release itself returns an error only if it
// cannot list the queue.
func (d *Dir) Release(o ReleaseOptions, done func(Outcome, error)) error {
	listed := &listing{keep: o.Slice.keep()}
	var of byState
	of[o.From] = listed
	if err := d.list(&of); err != nil {
		return err
	}
	d.carryOut(nil, toChange{listed: listed}, o.request(false), done)
	return nil
}

// ReleaseEntries does the same for named entries of any slice. The outcome of an entry
// that is not there is [ErrState], unless o.Listed is set.
func (d *Dir) ReleaseEntries(ids []ID, o ReleaseOptions, done func(Outcome, error)) {
	d.carryOut(nil, these(ids...), o.request(!o.Listed), done)
}

func (o ReleaseOptions) request(named bool) *request {
	return &request{verb: releases, from: o.From, named: named, group: o.group, target: o.targetDir, dryRun: o.DryRun}
}

// targetDir is Target for entries that can only go to a directory.
func (o ReleaseOptions) targetDir(id ID, c *message.Content) (*Dir, error) {
	q, err := o.Target(id, c)
	if err != nil {
		return nil, err
	}
	return directory(q)
}

// lookBeforeRelease checks that the entry can become ready in its target.
func (c *change) lookBeforeRelease(noTarget error) error {
	if noTarget != nil {
		return noTarget
	}
	to := c.found.target
	if c.asks.from == Ready {
		// A ready entry released to its own queue would be in conflict with itself.
		mine, err := c.dir.dir.Stat()
		its, errTo := to.dir.Stat()
		if err = firstError(err, errTo); err == nil && mine.Same(its) {
			err = originError("is in that queue already")
		}
		if err != nil {
			return c.fail(err)
		}
	}
	if to.Has(c.id, InFlight) {
		return c.fail(conflict(to.EntryPath(c.id, InFlight)))
	}
	return nil
}

// planRelease sets the count to 0.
func planRelease(f *facts) plan {
	return plan{to: toQueue(f.target), as: Ready, sets: true, set: f.resetCount()}
}

// resetCount returns the settings for an entry that a person has looked at.
func (f *facts) resetCount() []message.Setting {
	if f.content.Value(countKey) == nil || f.content.Restores() == 0 {
		return nil
	}
	return []message.Setting{{Key: countKey, Value: 0}}
}
