package queue

import (
	"time"

	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/disk"
)

// A change restores, preserves, releases, shunts or requeues one entry. All five take
// the same steps, in this order:
//
//	take        open the file, lock it, look for a twin         change_take.go
//	plan        decide, from the request and what was found     change_plan.go
//	tail        write new metadata after the pickle's end       change_write.go
//	sync        the tails of a group
//	flip        change the byte that makes the tail count       change_write.go
//	sync        the flips of a group
//	move        give the entry its new name                     change_move.go
//	sync names  sync the directories
//	tell        call done: the caller may now rely on it        change_groups.go
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
	err   error
}

// verb is what a request does with an entry.
type verb uint8

const (
	restores verb = iota
	preserves
	releases
	shunts
	requeues
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
	// claim is the caller's claim, or nil. It has the lock already.
	claim *Claim
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
	// target is the queue that the entry is released to.
	target *Dir
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

func (c *change) close() {
	if c.file != nil && !c.borrowed {
		c.file.Close()
	}
	c.found.twin.close()
}
