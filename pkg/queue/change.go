package queue

import (
	"time"

	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/disk"
)

// A change restores, preserves, releases, shunts, retries, requeues, moves or discards one
// entry. All of them take the same steps, in this order:
//
//	take        open the file, lock it, look for a twin         change_take.go
//	plan        decide, from the request and what was found     change.go
//	tail        write new metadata after the pickle's end       change_write.go
//	sync        the tails of a group
//	flip        change the byte that makes the tail count       change_write.go
//	sync        the flips of a group
//	move        give the entry its new name                     change_write.go
//	sync names  sync the directories
//	tell        call done: the caller may now rely on it        change_groups.go
//
// Steps that a plan does not need are left out. The plans are made in restore.go,
// preserve.go, release.go, shunt.go, retry.go, move.go and discard.go. change_copy.go has what
// is different if the file has other names or the entry goes to another filesystem.
// Thousands of changes share the syncs: see Dir.carryOut.
type change struct {
	dir  *Dir
	asks *request
	id   ID
	// path is the entry's path in its old state.
	path string
	// file stays open until the outcome is told. It is locked, except for requeues and
	// if found.held is set.
	file  disk.File
	found facts
	plan  plan
	// borrowed means that the caller closes the file.
	borrowed bool
	// queue is the open queue that the entry moves to.
	queue *Dir
	// patch changes the metadata in place. It is zero if there is nothing to change.
	patch message.Patch
	// about describes the entry in its event.
	about *About
	// movedOn means that an interrupted move was completed, and that err says so.
	movedOn bool
	err     error
}

// verb is what a request does with an entry.
type verb uint8

const (
	restores verb = iota
	preserves
	releases
	shunts
	retries
	requeues
	moves
	discards
	// copies is part of the other verbs if the entry moves to another filesystem: see
	// moveFar.
	copies
)

// request is what a caller asks for one entry or for thousands.
type request struct {
	verb verb
	// from is the state that the entries must be in.
	from State
	// minAge and limit are MinAge and MaxRestores of RestoreOptions.
	minAge time.Duration
	limit  int
	// target is Target of ReleaseOptions.
	target func(ID, *message.Content) (*Dir, error)
	// move are the options of a move.
	move *MoveOptions
	// claim is the caller's claim, or nil. It has the lock already.
	claim *claim
	// set is more metadata for an entry that is shunted or retried. inPlace means that it
	// is retried in its own queue.
	set     []message.Setting
	inPlace bool
	// dryRun ends each change after its plan.
	dryRun bool
	// named means that a person or a program named the entries. If one of them has gone,
	// that is an error.
	named bool
	// group is the size of a group, if it is not largestGroup.
	group int
}

// facts are what take and look found out about an entry.
type facts struct {
	stat disk.Stat
	// content is nil if the entry is malformed or was not read.
	content *message.Content
	// held means that another process has the lock. Only preserving goes on then.
	held bool
	// twin is set if a crash interrupted the entry's move to the twin's place.
	twin *twin
	// origin is the whichq for the entry if it leaves this queue.
	origin string
	// target is the queue that the entry is released or moved to. It is nil if a dry run
	// finds none.
	target *Dir
	// access says whether the owner of the target can read the file.
	access access
	// malformed is the reason why content is nil, if the entry was read.
	malformed error
}

// plan says what will be done with an entry. It is computed only from the request and the
// facts. Making a plan changes nothing.
type plan struct {
	// set has the metadata to set before the entry moves.
	set []message.Setting
	// sets means that the plan needs this metadata to be durable. If set is empty, the
	// entry has it already, but a run that was killed may have written it without a sync.
	sets bool
	// inCopy means that the metadata is set in a copy, which then gets the entry's name.
	inCopy bool
	// gives and touches mean that the file's owner and mode, or its time, are set before
	// the entry moves. attributes means that these must be durable first.
	gives, touches, attributes bool
	// to is the queue that the entry goes to, as its new state.
	to target
	as State
	// completes means that the entry is there already, and only its old name must be
	// removed.
	completes bool
	// restores and unreadable become fields of the Outcome.
	restores   int
	unreadable bool
}

// target is the queue that an entry goes to.
type target struct {
	kind targetKind
	// queue is open if kind is toOtherQueue.
	queue *Dir
	// name is the queue's name if kind is toQueueBeside.
	name string
}

type targetKind uint8

const (
	toSameQueue targetKind = iota
	toBadQueue
	toShuntQueue
	toRetryQueue
	toOtherQueue
	toQueueBeside
)

func toQueue(q *Dir) target { return target{kind: toOtherQueue, queue: q} }

// plan returns the plan for an entry.
func (r *request) plan(f *facts) (p plan) {
	if f.twin != nil {
		return r.planCompletion(f)
	}
	switch r.verb {
	case restores:
		p = planRestore(f, r.limit)
	case preserves:
		p = planPreserve(f)
	case releases:
		p = planRelease(f)
	case shunts:
		p = planShunt(f, r.set)
	case retries:
		p = planRetry(f, r)
	case requeues:
		return plan{as: Ready} // only its name changes
	case moves:
		p = planMove(f, r.move)
	case discards:
		return plan{as: Stray} // only its name goes
	}
	// A file with other names has backups, which must not change. A file that another
	// process has locked may be changing.
	p.inCopy = f.stat.Nlink > 1 || f.held
	return p
}

// planCompletion completes a move that a crash interrupted, whatever the verb is.
func (r *request) planCompletion(f *facts) plan {
	p := plan{to: toQueue(f.twin.queue), as: f.twin.as, completes: true}
	if f.content != nil {
		p.restores = f.content.Restores()
	}
	p.unreadable = f.content == nil && r.verb == restores
	return p
}

// noteOrigin returns the settings for an entry that leaves its queue: release needs its
// origin.
func (f *facts) noteOrigin() []message.Setting {
	if f.content.WhichQueue() == f.origin {
		return nil
	}
	return []message.Setting{{Key: message.WhichQueueKey, Value: f.origin}}
}

// outcome returns the Outcome of the change.
func (c *change) outcome() Outcome {
	o := Outcome{
		ID: c.id, From: c.path, Restores: c.plan.restores, Preserved: c.plan.as == Preserved,
		Unreadable: c.plan.unreadable, Interrupted: c.plan.completes,
	}
	if c.plan.as != Stray {
		o.To = c.dir.targetPath(c.plan, c.id)
	}
	return o
}

// fail returns err as an error that names the entry's file.
func (c *change) fail(err error) error { return &Error{Path: c.path, Err: err} }

// failFile does so for a call on the entry's open file.
func (c *change) failFile(err error) error { return c.fail(lost(err, c.asks.from)) }

func (c *change) close() {
	if c.file != nil && !c.borrowed {
		c.file.Close()
	}
	c.found.twin.close()
}
