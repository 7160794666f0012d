package queue

import "switchboard/pkg/message"

// plan says what is to be done with an entry. It depends on the request and on what was
// found, and on nothing else: to make one changes nothing.
type plan struct {
	// set are the metadata keys to be set before the entry moves.
	set []message.Setting
	// sets says that they were looked at. If all had their values, a killed run may have
	// set them and not synced.
	sets bool
	// inCopy has them set in a copy, which gets the entry's name.
	inCopy bool
	// to is where the entry goes, and as the state that it is in there.
	to target
	as State
	// completes says that it is there already, and only its old name has to go.
	completes bool
	// restores and unreadable are told.
	restores   int
	unreadable bool
}

// target is the queue that an entry goes to.
type target struct {
	kind targetKind
	// queue is open if kind is toOtherQueue.
	queue *Dir
}

type targetKind uint8

const (
	toSameQueue targetKind = iota
	toBadQueue
	toShuntQueue
	toOtherQueue
)

// plan makes the plan for an entry.
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
		p = planShunt(f)
	case requeues:
		return planRequeue()
	}
	// Other names of the file are backups, which keep their bytes; and where another
	// process has the lock, it may be writing.
	p.inCopy = f.stat.Nlink > 1 || f.held
	return p
}

// planCompletion completes a move that a crash interrupted, whatever is asked.
func (r *request) planCompletion(f *facts) plan {
	p := plan{to: target{toOtherQueue, f.twin.queue}, as: f.twin.as, completes: true}
	if f.content != nil {
		p.restores = f.content.Restores()
	}
	p.unreadable = f.content == nil && r.verb == restores
	return p
}

// noteOrigin is what is to be set in an entry that leaves its queue, so that it can be
// released.
func (f *facts) noteOrigin() []message.Setting {
	if f.content.WhichQueue() == f.origin {
		return nil
	}
	return []message.Setting{{Key: message.WhichQueueKey, Value: f.origin}}
}

// openTarget opens the queue that an entry goes to, and makes it if need be.
func (d *Dir) openTarget(t target) (*Dir, error) {
	switch t.kind {
	case toBadQueue:
		return d.openBad()
	case toShuntQueue:
		return d.openShunt()
	case toOtherQueue:
		return t.queue, nil
	}
	return d, nil
}

// targetPath is the path that a plan gives an entry.
func (d *Dir) targetPath(p plan, id ID) string {
	switch p.to.kind {
	case toBadQueue:
		return join(d.badPath(), id.Name(p.as))
	case toShuntQueue:
		return join(d.ShuntPath(), id.Name(p.as))
	case toOtherQueue:
		return p.to.queue.EntryPath(id, p.as)
	}
	return d.EntryPath(id, p.as)
}
