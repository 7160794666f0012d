package queue

import "switchboard/pkg/message"

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
}

type targetKind uint8

const (
	toSameQueue targetKind = iota
	toBadQueue
	toShuntQueue
	toOtherQueue
)

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
		p = planShunt(f)
	case requeues:
		return planRequeue()
	}
	// A file with other names has backups, which must not change. A file that another
	// process has locked may be changing.
	p.inCopy = f.stat.Nlink > 1 || f.held
	return p
}

// planCompletion completes a move that a crash interrupted, whatever the verb is.
func (r *request) planCompletion(f *facts) plan {
	p := plan{to: target{toOtherQueue, f.twin.queue}, as: f.twin.as, completes: true}
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

// openTarget opens the queue that an entry goes to, and makes it if it is missing.
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

// targetPath returns the path that a plan gives an entry.
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
