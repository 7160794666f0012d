package queue

import (
	"time"

	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/disk"
)

// A change restores, preserves, releases, shunts or requeues one entry. All five take
// the same steps, in this order:
//
//	take        open the file, lock it, look at what it is      change_take.go
//	plan        what was asked and what was found give a plan   change_plan.go
//	tail        write new metadata behind the pickle's end      change_write.go
//	sync        the tails of a group
//	flip        change the byte that makes the tail count       change_write.go
//	sync        the flips of a group
//	move        give the entry its new name                     change_move.go
//	sync names  the directories
//	tell        the caller, who relies on it from now on        change_groups.go
//
// Steps that a plan does not need are left out. The plans are made in restore.go,
// preserve.go, release.go, shunt.go and requeue.go. Thousands of changes share the syncs:
// see Dir.carryOut.
type change struct {
	dir  *Dir
	asks *request
	id   ID
	// path is the entry's path in its old state.
	path string
	// file is open, and locked unless found.held says otherwise, until the outcome is told.
	file  disk.File
	found facts
	plan  plan
	// borrowed says that the caller closes the file.
	borrowed bool
	// queue is where the plan takes the entry. It is open.
	queue *Dir
	// patch is the change of the metadata in place, if there is one.
	patch message.Patch
	err   error
}

// verb is what is asked of an entry.
type verb uint8

const (
	restores verb = iota
	preserves
	releases
	shunts
	requeues
	// copies is a part of each of the others: see moveFar.
	copies
)

// request is what is asked of one entry, or of thousands.
type request struct {
	verb verb
	// from is the state that the entries must be in.
	from State
	// minAge and limit are MinAge and MaxRestores of RestoreOptions.
	minAge time.Duration
	limit  int
	// target is Target of ReleaseOptions.
	target func(ID, *message.Content) (*Dir, error)
	// claim is the caller's claim, whose lock makes another one unnecessary.
	claim *Claim
	// dryRun ends each change with its plan.
	dryRun bool
	// named says that a person or program named the entries: if one has gone, that is
	// an error.
	named bool
	// group is the size of a group, if it is not largestGroup.
	group int
}

// facts are what an entry was found to be once it was locked.
type facts struct {
	stat disk.Stat
	// content is nil if the entry is malformed or was not read.
	content *message.Content
	// held says that another process has the lock. Only preserving goes on then.
	held bool
	// twin is set if a crash interrupted the entry's move to there.
	twin *twin
	// origin is the whichq of an entry that leaves this queue.
	origin string
	// target is the queue that the entry is released to.
	target *Dir
}

// Outcome is what became of one entry.
type Outcome struct {
	ID ID
	// From and To are its old and its new path.
	From, To string
	// Restores is the new count.
	Restores int
	// Preserved says that it is in the bad queue.
	Preserved bool
	// Unreadable says that it was preserved because it cannot be read.
	Unreadable bool
	// Interrupted says that a crash had interrupted its move to another queue, the bad
	// queue if it is Preserved, and that this move has been completed.
	Interrupted bool
}

// outcome is what to tell of the change.
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

// fail is err as an error about the entry's file.
func (c *change) fail(err error) error { return &Error{Path: c.path, Err: err} }

func (c *change) close() {
	if c.file != nil && !c.borrowed {
		c.file.Close()
	}
	c.found.twin.close()
}
